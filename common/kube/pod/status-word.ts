import type { Stored } from '../object.ts';
import type { Pod } from '../resources.ts';

/** What `kubectl get pods` shows of a pod: READY, STATUS and RESTARTS (pkg/printers, printPod). */
export interface PodSummary {
  readonly ready: number;
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
  const total = spec?.containers.length ?? 0;
  let word = status.reason && status.reason !== '' ? status.reason : (status.phase ?? '');
  if (gated(pod)) word = 'SchedulingGated';
  const init = initWord(pod);
  const counted = init ? [] : (status.containerStatuses ?? []);
  let ready = 0;
  let restarts = 0;
  let lastRestart = '';
  for (const container of init ? (status.initContainerStatuses ?? []) : counted) {
    restarts += container.restartCount;
    lastRestart = later(lastRestart, container.lastState?.terminated?.finishedAt);
  }
  if (init) word = init;
  else {
    let running = false;
    for (const container of counted.toReversed()) {
      word = stateWord(container) ?? word;
      if (container.ready && container.state?.running) {
        running = true;
        ready++;
      }
    }
    // Some containers have finished while others still run.
    if (word === 'Completed' && running) word = isConditionTrue(pod, 'Ready') ? 'Running' : 'NotReady';
  }
  if (pod.metadata.deletionTimestamp !== undefined) {
    word = status.reason === 'NodeLost' ? 'Unknown' : isFinished(pod) ? word : 'Terminating';
  }
  return { ready, total, status: word, restarts, ...(lastRestart === '' ? {} : { lastRestart }) };
}

/** The container's state in one word, where it is not simply running. */
function stateWord(container: ContainerStatus): string | undefined {
  const { waiting, terminated } = container.state ?? {};
  if (waiting?.reason) return waiting.reason;
  if (terminated?.reason) return terminated.reason;
  if (terminated) return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`;
  return undefined;
}

/** `Init:1/2` and its kin, while init containers run; nothing once they are through. */
function initWord(pod: Stored<Pod>): string | undefined {
  const total = pod.spec?.initContainers?.length ?? 0;
  for (const [index, container] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const { waiting, terminated } = container.state ?? {};
    const sidecar = pod.spec?.initContainers?.find(({ name }) => name === container.name)?.restartPolicy === 'Always';
    if (terminated?.exitCode === 0) continue;
    if (sidecar && container.started === true) continue;
    if (terminated) return `Init:${stateWord(container) ?? ''}`;
    if (waiting?.reason && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`;
    return `Init:${index}/${total}`;
  }
  return undefined;
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

function later(a: string, b: string | undefined): string {
  return b !== undefined && b > a ? b : a;
}
