import type { EventRow } from '#common/contract/rows.ts';
import type { Stored } from '#common/kube/object.ts';
import type { Event } from '#common/kube/resources.ts';

export function eventRow(event: Stored<Event>): EventRow {
  const { metadata, involvedObject } = event;
  const first = event.firstTimestamp ?? event.eventTime ?? metadata.creationTimestamp;
  return {
    id: metadata.uid,
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    created: first,
    type: event.type ?? 'Normal',
    reason: event.reason ?? '',
    object: `${involvedObject.kind ?? ''}/${involvedObject.name ?? ''}`,
    message: event.message ?? '',
    count: event.series?.count ?? event.count ?? 1,
    lastSeen: event.series?.lastObservedTime ?? event.lastTimestamp ?? first,
  };
}
