import type { ITaint } from 'kubernetes-models/v1/Taint';
import { mutableCopy } from '#common/base/freeze.ts';
import type { Stored } from '#common/kube/object.ts';
import type { Node } from '#common/kube/resources.ts';
import { timeText } from '#common/kube/time.ts';

const PREFIX = 'node.kubernetes.io/';
const PRESSURES: Readonly<Record<string, string>> = {
  MemoryPressure: `${PREFIX}memory-pressure`,
  DiskPressure: `${PREFIX}disk-pressure`,
  PIDPressure: `${PREFIX}pid-pressure`,
  NetworkUnavailable: `${PREFIX}network-unavailable`,
};
const OURS: ReadonlySet<string> = new Set([
  `${PREFIX}not-ready`,
  `${PREFIX}unreachable`,
  `${PREFIX}unschedulable`,
  ...Object.values(PRESSURES),
]);

/** The taints that follow from a node's conditions; other taints stay. Nothing when none changes. */
export function taintsByCondition(node: Stored<Node>, now: number): ITaint[] | undefined {
  const held = mutableCopy<ITaint[]>(node.spec?.taints ?? []);
  const status = (type: string): string | undefined =>
    node.status?.conditions?.find((condition) => condition.type === type)?.status;
  const wanted: ITaint[] = [];
  const add = (key: string, effect: ITaint['effect']): void => {
    const before = held.find((taint) => taint.key === key && taint.effect === effect);
    wanted.push(before ?? { key, effect, ...(effect === 'NoExecute' ? { timeAdded: timeText(now) } : {}) });
  };
  const ready = status('Ready');
  if (ready !== 'True') {
    const key = `${PREFIX}${ready === 'Unknown' ? 'unreachable' : 'not-ready'}`;
    add(key, 'NoSchedule');
    // A node that was never ready runs nothing that could be evicted.
    if (ready !== undefined) add(key, 'NoExecute');
  }
  for (const [type, key] of Object.entries(PRESSURES)) if (status(type) === 'True') add(key, 'NoSchedule');
  if (node.spec?.unschedulable === true) add(`${PREFIX}unschedulable`, 'NoSchedule');
  const others = held.filter((taint) => !OURS.has(taint.key));
  const taints = [...others, ...wanted];
  const identity = ({ key, effect }: ITaint): string => `${key}:${effect}`;
  const same =
    taints.length === held.length &&
    taints.every((taint) => held.some((before) => identity(before) === identity(taint)));
  return same ? undefined : taints;
}
