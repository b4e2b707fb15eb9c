import { isDeepStrictEqual } from 'node:util';
import type { PodStatus } from '../pod.ts';
import type { KubeletPodStatus } from './pod-status.ts';

type Field = keyof KubeletPodStatus;

const FIELDS: readonly Field[] = [
  'observedGeneration',
  'phase',
  'conditions',
  'containerStatuses',
  'hostIP',
  'hostIPs',
  'podIP',
  'podIPs',
  'startTime',
  'reason',
  'message',
];

/**
 * The strategic merge patch of pods/status from what the API has to what the kubelet wants; nothing when they
 * agree. Conditions merge by type, so that those of others stay.
 */
export function statusPatch(
  uid: string,
  before: PodStatus | undefined,
  wanted: KubeletPodStatus,
): Record<string, unknown> | undefined {
  const status: Record<string, unknown> = {};
  for (const field of FIELDS) {
    if (same(field, before?.[field], wanted[field])) continue;
    if (wanted[field] === undefined) status[field] = null;
    else if (field === 'conditions') status[field] = changedConditions(before, wanted);
    // These lists merge by address: without this an old address would stay beside the new one.
    else if (field === 'podIPs' || field === 'hostIPs') status[field] = [{ $patch: 'replace' }, ...wanted[field]];
    else status[field] = wanted[field];
  }
  return Object.keys(status).length === 0 ? undefined : { metadata: { uid }, status };
}

function changedConditions(before: PodStatus | undefined, wanted: KubeletPodStatus): unknown[] {
  return (wanted.conditions ?? [])
    .filter(
      (condition) =>
        !isDeepStrictEqual(plain(before?.conditions?.find(({ type }) => type === condition.type)), plain(condition)),
    )
    .map((condition) => {
      const previous = before?.conditions?.find(({ type }) => type === condition.type);
      // Merging keeps what is not named: a reason that no longer holds has to be removed.
      const removed = (['reason', 'message'] as const).filter(
        (key) => previous?.[key] !== undefined && condition[key] === undefined,
      );
      return { ...condition, ...Object.fromEntries(removed.map((key) => [key, null])) };
    });
}

function same(field: Field, before: unknown, wanted: unknown): boolean {
  if (field === 'conditions') {
    const byType = (list: unknown): Map<unknown, unknown> =>
      new Map(((list ?? []) as { type: string }[]).map((condition) => [condition.type, plain(condition)]));
    return isDeepStrictEqual(byType(before), byType(wanted));
  }
  return isDeepStrictEqual(plain(before), plain(wanted));
}

/** Without what the API leaves out: absent, null, and the probe time that only upstream's old versions set. */
function plain(value: unknown): unknown {
  return value === undefined
    ? undefined
    : JSON.parse(
        JSON.stringify(value, (key, item: unknown) => (item === null || key === 'lastProbeTime' ? undefined : item)),
      );
}
