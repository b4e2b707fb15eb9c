import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { AgentConfig } from '#common/contract/agent-config.ts';
import type { AgentContext } from './base/context.ts';
import { removeNftTable } from './base/nft.ts';
import type { Runtime } from './cri/runtime.ts';
import { removeAllPodCgroups } from './kubelet/cgroups/pod-cgroups.ts';
import { PodDirectories } from './kubelet/pods/pod-directories.ts';
import { unmountBelow } from './kubelet/volumes/tmpfs.ts';
import { CONFLIST_FILE, IPAM_DIRECTORY, NETWORK_NAME } from './network/conflist.ts';
import { MASQUERADE_TABLE } from './network/masquerade.ts';
import { applyRoutes } from './network/routes.ts';
import { TABLE } from './proxy/script.ts';

/** What containers are given to end by themselves. */
const GRACE_SECONDS = 10;

/** Stops all pods of this machine; an agent that starts later runs them again. None may run meanwhile. */
export async function stopPods(runtime: Runtime): Promise<void> {
  const containers = await runtime.listContainers();
  const running = containers.filter(({ state }) => state === 'CONTAINER_RUNNING');
  await Promise.all(running.map(({ id }) => runtime.stopContainer(id, GRACE_SECONDS)));
  for (const { id } of await runtime.listPodSandboxes()) await runtime.stopPodSandbox(id);
}

/**
 * Takes everything off this machine that agents made on it: pods with their network, cgroups, rules, routes and
 * files. What others have there stays. No agent may run meanwhile. Idempotent.
 */
export async function leaveMachine(config: AgentConfig, runtime: Runtime, { clock, log }: AgentContext): Promise<void> {
  await stopPods(runtime);
  for (const { id } of await runtime.listPodSandboxes()) await runtime.removePodSandbox(id);
  log.info('the pods are gone');
  await removeAllPodCgroups(clock);
  for (const table of [TABLE, MASQUERADE_TABLE]) await removeNftTable('ip', table);
  await applyRoutes([]);
  await rm(CONFLIST_FILE, { force: true });
  await rm(path.join(IPAM_DIRECTORY, NETWORK_NAME), { recursive: true, force: true });
  await unmountBelow(config.stateDirectory);
  const directories = new PodDirectories(config.stateDirectory, config.logDirectory);
  for (const logs of await directories.listLogs()) await logs.remove();
  await rm(config.stateDirectory, { recursive: true, force: true });
  log.info('nothing of the agent is left');
}
