import type { Stored } from '../object.ts';
import type { Pod } from '../resources.ts';

/** What `kubectl get pods` shows of a pod: READY, STATUS and RESTARTS (pkg/printers, printPod). */
export interface PodSummary {
  readonly ready: number;
  /** Containers that run side by side: its own, and sidecars. */
  readonly total: number;
  /** Running, Pending, ContainerCreating, CrashLoopBackOff, Completed, Terminating, Init:0/1, ... */
  readonly status: string;
  readonly restarts: number;
  /** When it last restarted, RFC 3339. */
  readonly lastRestart?: string;
}

type ContainerStatus = NonNullable<NonNullable<Stored<Pod>['status']>['containerStatuses']>[number];

export function podSummary(pod: Stored<Pod>): PodSummary {
  const { spec, status = {} } = pod;
  const sidecars = sidecarNames(pod);
  const init = initSummary(pod, sidecars);
  let word = gated(pod) ? 'SchedulingGated' : status.reason || (status.phase ?? '');
  let { ready, restarted } = init;
  if (init.word !== undefined) word = init.word;
  if (init.word === undefined || isConditionTrue(pod, 'Initialized')) {
    const containers = status.containerStatuses ?? [];
    const running = containers.filter((container) => container.ready && isRunning(container));
    ready += running.length;
    restarted = [...restarted.filter(({ name }) => sidecars.has(name)), ...containers];
    // Of several, the first one that does not simply run gives the word.
    word = containers.map(stateWord).find((found) => found !== undefined) ?? word;
    // Some containers have finished while others still run.
    if (word === 'Completed' && running.length > 0) word = isConditionTrue(pod, 'Ready') ? 'Running' : 'NotReady';
  }
  if (pod.metadata.deletionTimestamp !== undefined) {
    if (status.reason === 'NodeLost') word = 'Unknown';
    else if (!isFinished(pod)) word = 'Terminating';
  }
  const lastRestart = lastRestartOf(restarted);
  return {
    ready,
    total: (spec?.containers.length ?? 0) + sidecars.size,
    status: word,
    restarts: restarted.reduce((sum, { restartCount }) => sum + restartCount, 0),
    ...(lastRestart === undefined ? {} : { lastRestart }),
  };
}

interface InitSummary {
  /** Sidecars that are ready. */
  readonly ready: number;
  /** Those that are through, and the one that is not. */
  readonly restarted: readonly ContainerStatus[];
  /** `Init:1/2` and its kin, while init containers run; nothing once they are through. */
  readonly word: string | undefined;
}

function initSummary(pod: Stored<Pod>, sidecars: ReadonlySet<string>): InitSummary {
  const statuses = pod.status?.initContainerStatuses ?? [];
  let ready = 0;
  for (const [index, container] of statuses.entries()) {
    if (container.state?.terminated?.exitCode === 0) continue;
    if (sidecars.has(container.name) && container.started === true) {
      if (container.ready) ready++;
      continue;
    }
    const word = stateWord(container);
    const progress = `${index}/${pod.spec?.initContainers?.length ?? 0}`;
    const said = word === undefined || word === 'PodInitializing' ? progress : word;
    return { ready, restarted: statuses.slice(0, index + 1), word: `Init:${said}` };
  }
  return { ready, restarted: statuses, word: undefined };
}

/** Init containers that go on beside the others (KEP-753). */
function sidecarNames(pod: Stored<Pod>): ReadonlySet<string> {
  const containers = pod.spec?.initContainers ?? [];
  return new Set(containers.filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name));
}

/** The container's state in one word, where it is not simply running. */
function stateWord(container: ContainerStatus): string | undefined {
  const { waiting, terminated } = container.state ?? {};
  if (waiting?.reason) return waiting.reason;
  if (terminated?.reason) return terminated.reason;
  if (terminated) return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`;
  return undefined;
}

function isRunning(container: ContainerStatus): boolean {
  return container.state?.running !== undefined;
}

function gated(pod: Stored<Pod>): boolean {
  return (pod.status?.conditions ?? []).some(
    (condition) => condition.type === 'PodScheduled' && condition.reason === 'SchedulingGated',
  );
}

function isConditionTrue(pod: Stored<Pod>, type: string): boolean {
  return (pod.status?.conditions ?? []).some((condition) => condition.type === type && condition.status === 'True');
}

function isFinished(pod: Stored<Pod>): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

function lastRestartOf(containers: readonly ContainerStatus[]): string | undefined {
  const times = containers.map(({ lastState }) => lastState?.terminated?.finishedAt).filter((at) => at !== undefined);
  return times.sort().at(-1);
}
