import { timeText } from '#common/kube/time.ts';
import type { Node } from '#common/kube/resources.ts';
import type { DeepReadonly } from '#common/base/freeze.ts';
import type { Pressure } from './pressure.ts';

export type NodeCondition = DeepReadonly<NonNullable<NonNullable<Node['status']>['conditions']>[number]>;

type Statement = Pick<NodeCondition, 'type' | 'status' | 'reason' | 'message'>;

/**
 * Node.status.conditions as the kubelet sets them (pkg/kubelet/nodestatus/setters.go). `problems` are the
 * reasons why pods cannot run; `now` is in milliseconds.
 */
export function nodeConditions(
  problems: readonly string[],
  pressure: Pressure,
  previous: readonly NodeCondition[],
  now: number,
): NodeCondition[] {
  const ready: Statement =
    problems.length === 0
      ? { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }
      : { type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: aggregate(problems) };
  const statements: Statement[] = [
    pressure.memory
      ? pressed('MemoryPressure', 'KubeletHasInsufficientMemory', 'kubelet has insufficient memory available')
      : relaxed('MemoryPressure', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
    pressure.disk
      ? pressed('DiskPressure', 'KubeletHasDiskPressure', 'kubelet has disk pressure')
      : relaxed('DiskPressure', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
    pressure.pids
      ? pressed('PIDPressure', 'KubeletHasInsufficientPID', 'kubelet has insufficient PID available')
      : relaxed('PIDPressure', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
    ready,
  ];
  return statements.map((statement) => {
    const before = previous.find(({ type }) => type === statement.type);
    const changed = before?.status !== statement.status;
    return {
      ...statement,
      lastHeartbeatTime: timeText(now),
      lastTransitionTime: changed ? timeText(now) : (before.lastTransitionTime ?? timeText(now)),
    };
  });
}

/** Conditions without their heartbeats: what has to differ for a report before its time. */
export function withoutHeartbeats(conditions: readonly NodeCondition[]): Statement[] {
  return conditions.map(({ type, status, reason, message }) => ({ type, status, reason, message }));
}

function pressed(type: string, reason: string, message: string): Statement {
  return { type, status: 'True', reason, message };
}

function relaxed(type: string, reason: string, message: string): Statement {
  return { type, status: 'False', reason, message };
}

/** Several errors in one line, as apimachinery's aggregate prints them. */
function aggregate(problems: readonly string[]): string {
  return problems.length === 1 ? problems[0]! : `[${problems.join(', ')}]`;
}
