import { timeText } from '#common/kube/time.ts';
import { podSpec, type ContainerStatusEntry, type PodCondition, type StoredPod } from '../pod.ts';

type Statement = Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>;

export interface ConditionInputs {
  readonly pod: StoredPod;
  readonly phase: string;
  readonly statuses: readonly ContainerStatusEntry[];
  /** The pod has a sandbox that runs, with its address. */
  readonly sandboxReady: boolean;
  readonly now: number;
}

/** Pod.status.conditions (kubelet's status/generate.go); those that others set are kept. */
export function podConditions(inputs: ConditionInputs): PodCondition[] {
  const { pod, phase, sandboxReady, now } = inputs;
  const before = pod.status?.conditions ?? [];
  const containersReady = containersReadyCondition(inputs);
  const statements: Statement[] = [
    { type: 'PodReadyToStartContainers', status: sandboxReady ? 'True' : 'False' },
    { type: 'Initialized', status: 'True', ...(phase === 'Succeeded' ? { reason: 'PodCompleted' } : {}) },
    readyCondition(pod, containersReady),
    containersReady,
    { type: 'PodScheduled', status: 'True' },
  ];
  const generation = pod.metadata.generation;
  const ours = statements.map((statement): PodCondition => {
    const previous = before.find(({ type }) => type === statement.type);
    if (statement.type === 'PodScheduled' && previous) return previous;
    const unchanged = previous?.status === statement.status ? previous.lastTransitionTime : undefined;
    return {
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      ...statement,
      lastTransitionTime: unchanged ?? timeText(now),
    };
  });
  const others = before.filter(({ type }) => !statements.some((statement) => statement.type === type));
  return [...ours, ...others];
}

function containersReadyCondition({ pod, phase, statuses }: ConditionInputs): Statement {
  const type = 'ContainersReady';
  if (phase === 'Succeeded') return { type, status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { type, status: 'False', reason: 'PodFailed' };
  const names = podSpec(pod).containers.map(({ name }) => name);
  const unknown = names.filter((name) => !statuses.some((status) => status.name === name));
  const unready = statuses.filter(({ ready }) => !ready).map(({ name }) => name);
  if (unknown.length === 0 && unready.length === 0) return { type, status: 'True' };
  const messages = [
    ...(unknown.length > 0 ? [`containers with unknown status: [${unknown.join(' ')}]`] : []),
    ...(unready.length > 0 ? [`containers with unready status: [${unready.join(' ')}]`] : []),
  ];
  return { type, status: 'False', reason: 'ContainersNotReady', message: messages.join(', ') };
}

function readyCondition(pod: StoredPod, containersReady: Statement): Statement {
  if (containersReady.status !== 'True') return { ...containersReady, type: 'Ready' };
  const before = pod.status?.conditions ?? [];
  const problems = (podSpec(pod).readinessGates ?? []).flatMap(({ conditionType }) => {
    const condition = before.find(({ type }) => type === conditionType);
    if (!condition) return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
    return condition.status === 'True'
      ? []
      : [`the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`];
  });
  return problems.length === 0
    ? { type: 'Ready', status: 'True' }
    : { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message: problems.join(', ') };
}
