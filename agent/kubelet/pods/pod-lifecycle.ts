import type { Client } from '#common/client/client.ts';
import { pods } from '#common/kube/resources.ts';
import { isStatus } from '#common/kube/status-error.ts';
import { timeText } from '#common/kube/time.ts';
import { podEvents, type TellPod } from '../events/pod-events.ts';
import type { EventRecorder } from '#common/client/event-recorder.ts';
import { tearDownVolumes } from '../volumes/volumes.ts';
import { rejection } from './admission.ts';
import { terminationMessage } from './containers/termination-message.ts';
import type { Exits } from './exits.ts';
import { incarnations, observePod, type ObservedPod } from './observed-pod.ts';
import type { PodEntry } from './pod-entry.ts';
import { isTerminal, type StoredPod } from './pod.ts';
import { planPod } from './plan.ts';
import { referencesOf } from './references.ts';
import { podStatus, type KubeletPodStatus } from './status/pod-status.ts';
import type { PodStatusWriter } from './status/status-writer.ts';
import { isAnythingAlive, stopPod } from './stop-pod.ts';
import type { PodSyncParts } from './sync-parts.ts';
import { syncPod } from './sync-pod.ts';

export interface PodLifecycleOptions {
  readonly client: Client;
  readonly writer: PodStatusWriter;
  readonly recorder: EventRecorder;
  readonly exits: Exits;
  /** The pods that hold this node's resources. */
  readonly admitted: () => readonly StoredPod[];
}

/** What is left to do for a pod after a look at it. */
export interface Outcome {
  /** When to look again though nothing was told. */
  readonly lookAgainMs?: number | undefined;
  /** Nothing of the pod is left on this node. */
  readonly over?: boolean;
}

/** What keeps a pod from running is tried again after this long, as in the kubelet. */
const RETRY_MS = 10_000;

/** One look at a pod, by where it is in its life. Every look starts anew from the API and the runtime. */
export class PodLifecycle {
  readonly #parts: PodSyncParts;
  readonly #options: PodLifecycleOptions;

  constructor(parts: PodSyncParts, options: PodLifecycleOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  async advance(entry: PodEntry): Promise<Outcome> {
    const { pod, gone, signal } = entry;
    if (!pod || gone || pod.metadata.deletionTimestamp !== undefined) return this.#end(entry, signal);
    if (isTerminal(pod.status?.phase)) return this.#settle(entry, pod, signal);
    return this.#run(entry, pod, signal);
  }

  /** The pod is to run. */
  async #run(entry: PodEntry, pod: StoredPod, signal: AbortSignal): Promise<Outcome> {
    const { uid, namespace } = entry.identity;
    const { configMaps, secrets } = this.#parts;
    const before = await this.#observe(entry);
    if (!entry.admitted && !this.#admit(entry, pod, before)) return {};
    const references = referencesOf(pod);
    await Promise.all([
      configMaps.track(uid, namespace, references.configMaps),
      secrets.track(uid, namespace, references.secrets),
    ]);
    // What is known already is told before the work begins, which may take long.
    this.#report(entry, pod, before, false);
    const { observed, waiting } = await syncPod(this.#parts, pod, before, this.#tell(pod), signal);
    entry.waiting = waiting;
    await this.#remember(entry, observed);
    this.#report(entry, entry.pod ?? pod, observed, false);
    return { lookAgainMs: this.#nextLook(entry, pod, observed) };
  }

  /** The pod has done its work, or has failed for good: it keeps nothing but its logs and its status. */
  async #settle(entry: PodEntry, pod: StoredPod, signal: AbortSignal): Promise<Outcome> {
    const observed = await this.#stop(entry, signal);
    await this.#releaseResources(entry);
    this.#report(entry, entry.pod ?? pod, observed, true);
    return { lookAgainMs: this.#lookWhileAlive(observed) };
  }

  /** The pod is being deleted, or is gone already: nothing of it is left behind. */
  async #end(entry: PodEntry, signal: AbortSignal): Promise<Outcome> {
    const { runtime, directories, crashLoops, images } = this.#parts;
    const { client, writer } = this.#options;
    const { uid, namespace, name } = entry.identity;
    const observed = await this.#stop(entry, signal);
    if (isAnythingAlive(observed)) return { lookAgainMs: this.#lookWhileAlive(observed) };
    if (entry.pod && !entry.gone) {
      this.#report(entry, entry.pod, observed, true);
      await writer.flush(uid, signal);
    }
    for (const sandbox of observed.sandboxes) await runtime.removePodSandbox(sandbox.id);
    await this.#releaseResources(entry);
    await directories.remove(entry.identity);
    if (entry.pod && !entry.gone) {
      try {
        await client.delete(pods, { namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid } });
      } catch (error) {
        if (!isStatus(error, 'NotFound') && !isStatus(error, 'Conflict')) throw error;
      }
      return {};
    }
    crashLoops.forget(uid);
    images.forget(uid);
    writer.forget(uid);
    return { over: true };
  }

  async #stop(entry: PodEntry, signal: AbortSignal): Promise<ObservedPod> {
    const observed = await this.#observe(entry);
    if (!isAnythingAlive(observed)) return observed;
    await stopPod(this.#parts, entry.pod, observed, entry.pod ? this.#tell(entry.pod) : () => undefined, signal);
    return this.#observe(entry);
  }

  async #releaseResources({ identity: { uid, namespace } }: PodEntry): Promise<void> {
    const { cgroups, directories, configMaps, secrets, tokens } = this.#parts;
    tokens.forget(uid);
    await tearDownVolumes(directories.volumes(uid));
    await cgroups.remove(uid);
    await Promise.all([configMaps.track(uid, namespace, []), secrets.track(uid, namespace, [])]);
  }

  #admit(entry: PodEntry, pod: StoredPod, observed: ObservedPod): boolean {
    // A pod that runs here already was taken before the agent was restarted.
    if (observed.sandboxes.length === 0) {
      const refused = rejection(pod, this.#options.admitted(), this.#parts.node.allocatable);
      if (refused) {
        this.#tell(pod)('Warning', refused.reason, refused.message);
        const status = this.#status(entry, pod, observed, true);
        this.#options.writer.set(entry.identity.uid, { ...status, phase: 'Failed', ...refused });
        return false;
      }
    }
    entry.admitted = true;
    return true;
  }

  /** When the pod has to be looked at again without being told: what failed is retried, what crashed restarted. */
  #nextLook(entry: PodEntry, pod: StoredPod, observed: ObservedPod): number | undefined {
    const { uid } = entry.identity;
    const { crashLoops, images, context } = this.#parts;
    const plan = planPod(pod, observed);
    const looks = [this.#lookWhileAlive(observed)];
    const isDone = plan.stopPod && plan.createSandbox === undefined;
    if (plan.createSandbox !== undefined || plan.stop.length > 0 || (isDone && isAnythingAlive(observed)))
      looks.push(0);
    for (const { name } of plan.start) {
      const last = incarnations(observed, name)[0];
      const crash = last && crashLoops.waiting(uid, name, last.finishedAt / 1e6, context.clock.now())?.leftMs;
      looks.push(crash ?? (entry.waiting.has(name) ? (images.retryInMs(uid) ?? RETRY_MS) : 0));
    }
    const due = looks.filter((look) => look !== undefined);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  /** The runtime's lists lag behind its events. */
  #lookWhileAlive({ sandboxes, containers }: ObservedPod): number | undefined {
    return this.#options.exits.nextLookMs([
      ...sandboxes.filter(({ state }) => state === 'SANDBOX_READY').map(({ id }) => id),
      ...containers.filter(({ state }) => state === 'CONTAINER_RUNNING').map(({ id }) => id),
    ]);
  }

  async #observe(entry: PodEntry): Promise<ObservedPod> {
    const observed = await observePod(this.#parts.runtime, entry.identity.uid);
    await this.#remember(entry, observed);
    return observed;
  }

  async #remember(entry: PodEntry, observed: ObservedPod): Promise<void> {
    entry.remember(observed);
    for (const container of observed.containers) {
      if (container.state !== 'CONTAINER_EXITED' || entry.messages.has(container.id)) continue;
      const message = await terminationMessage(entry.identity, container, this.#parts.directories);
      entry.messages.set(container.id, message || container.message);
    }
  }

  #report(entry: PodEntry, pod: StoredPod, observed: ObservedPod, ended: boolean): void {
    this.#options.writer.set(entry.identity.uid, this.#status(entry, pod, observed, ended));
  }

  #status(entry: PodEntry, pod: StoredPod, observed: ObservedPod, ended: boolean): KubeletPodStatus {
    const now = this.#parts.context.clock.now();
    entry.startTime ??= pod.status?.startTime ?? timeText(now);
    return podStatus({
      pod,
      startTime: entry.startTime,
      observed,
      waiting: entry.waiting,
      messages: entry.messages,
      ending: ended || pod.metadata.deletionTimestamp !== undefined,
      ended,
      hostIPs: this.#parts.node.addresses,
      now,
    });
  }

  #tell(pod: StoredPod): TellPod {
    return podEvents(this.#options.recorder, pod);
  }
}
