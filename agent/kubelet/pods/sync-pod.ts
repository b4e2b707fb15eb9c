import { mkdir, readFile } from 'node:fs/promises';
import { unlessAborted } from '#common/base/abort.ts';
import { RuntimeError } from '../../cri/runtime.ts';
import type { PodSandboxConfig } from '../../cri/types.ts';
import { writeFileAtomically } from '../../base/files.ts';
import type { TellPod } from '../events/pod-events.ts';
import { VolumeError } from '../volumes/volume.ts';
import { setUpVolumes, type VolumePaths } from '../volumes/volumes.ts';
import { ContainerWaiting } from './containers/errors.ts';
import { startContainer } from './containers/start-container.ts';
import { observePod, type ObservedPod } from './observed-pod.ts';
import { podIdentity, podSpec, type StoredPod } from './pod.ts';
import { planPod } from './plan.ts';
import { pruneDead } from './prune.ts';
import { parseResolvConf, podDns } from './sandbox/dns.ts';
import { hostsFile } from './sandbox/hosts-file.ts';
import { sandboxConfig } from './sandbox/sandbox-config.ts';
import type { Waiting } from './status/container-status.ts';
import { podAddresses } from './status/pod-status.ts';
import { stopContainers, stopPod } from './stop-pod.ts';
import type { PodSyncParts } from './sync-parts.ts';

export interface SyncResult {
  readonly observed: ObservedPod;
  /** What kept containers from starting, by name. */
  readonly waiting: ReadonlyMap<string, Waiting>;
}

/**
 * Brings a pod that is to run from what is observed towards what its spec wants, once (kubelet's SyncPod).
 * Everything is derived from the runtime, the file system and the API: it may be interrupted anywhere.
 */
export async function syncPod(
  parts: PodSyncParts,
  pod: StoredPod,
  before: ObservedPod,
  tell: TellPod,
  signal: AbortSignal,
): Promise<SyncResult> {
  const { runtime } = parts;
  const { uid } = podIdentity(pod);
  const plan = planPod(pod, before);
  const waiting = new Map<string, Waiting>();
  if (plan.stopPod) await stopPod(parts, pod, before, tell, signal);
  await stopContainers(parts, pod, plan.stop, tell, signal);
  const done = plan.stopPod && plan.createSandbox === undefined;
  if (done) return { observed: await observePod(runtime, uid), waiting };

  const volumes = await prepareVolumes(parts, pod, tell, signal);
  if (plan.createSandbox === undefined && plan.start.length === 0) return { observed: before, waiting };
  signal.throwIfAborted();
  const config = await prepareSandbox(parts, pod, plan.createSandbox ?? before.sandboxes[0]?.metadata.attempt ?? 0);
  if (plan.createSandbox !== undefined) await createSandbox(parts, config, tell, signal);
  const observed = plan.createSandbox === undefined ? before : await observePod(runtime, uid);

  const addresses = {
    podIPs: podAddresses({ pod, observed, hostIPs: parts.node.addresses, ended: false }),
    hostIPs: parts.node.addresses,
  };
  await writeHosts(parts, pod, addresses.podIPs);
  const sandbox = observed.sandboxes[0];
  if (!sandbox) throw new RuntimeError('not-found', 'the sandbox vanished after it was created');
  for (const container of plan.start) {
    signal.throwIfAborted();
    try {
      const start = { pod, container, before, observed, sandbox: { id: sandbox.id, config }, volumes, addresses, tell };
      await startContainer(parts, start, signal);
    } catch (error) {
      if (!(error instanceof ContainerWaiting)) throw error;
      waiting.set(container.name, { reason: error.reason, message: error.message });
    }
  }
  const after = await observePod(runtime, uid);
  await pruneDead(runtime, after);
  return { observed: after, waiting };
}

async function prepareVolumes(
  parts: PodSyncParts,
  pod: StoredPod,
  tell: TellPod,
  signal: AbortSignal,
): Promise<VolumePaths> {
  const { uid, namespace } = podIdentity(pod);
  const { configMaps, secrets, services } = parts;
  // A container that started before the Services are known would never learn of them.
  await unlessAborted(Promise.all([configMaps.synced(uid), secrets.synced(uid), services.synced]), signal);
  try {
    return await setUpVolumes(parts.directories.volumes(uid), {
      pod,
      gid: podSpec(pod).securityContext?.fsGroup,
      configMap: (name) => parts.configMaps.get(namespace, name),
      secret: (name) => parts.secrets.get(namespace, name),
      token: (wish) => parts.tokens.get(pod, wish),
      allocatable: parts.node.allocatable,
    });
  } catch (error) {
    if (error instanceof VolumeError) tell('Warning', 'FailedMount', error.message);
    throw error;
  }
}

async function prepareSandbox(parts: PodSyncParts, pod: StoredPod, attempt: number): Promise<PodSandboxConfig> {
  const logDirectory = parts.directories.logs(podIdentity(pod));
  await mkdir(logDirectory, { recursive: true });
  return sandboxConfig(pod, {
    attempt,
    cgroupParent: await parts.cgroups.ensure(pod),
    logDirectory,
    dns: podDns(pod, parts.node.dns, parseResolvConf(await readText('/etc/resolv.conf'))),
  });
}

async function createSandbox(
  { runtime, starts }: PodSyncParts,
  config: PodSandboxConfig,
  tell: TellPod,
  signal: AbortSignal,
): Promise<void> {
  await starts.run(async () => {
    signal.throwIfAborted();
    try {
      await runtime.runPodSandbox(config);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      tell('Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${reason}`);
      throw error;
    }
  });
}

async function writeHosts(parts: PodSyncParts, pod: StoredPod, podIPs: readonly string[]): Promise<void> {
  const content = hostsFile(pod, podIPs, parts.node.dns.domain, await readText('/etc/hosts'));
  const file = parts.directories.hostsFile(pod.metadata.uid);
  // Running containers hold the file itself: it is replaced only when a new sandbox brings another address.
  if ((await readText(file)) !== content) await writeFileAtomically(file, content, 0o644);
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}
