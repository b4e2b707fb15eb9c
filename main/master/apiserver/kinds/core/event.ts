import { ageText } from '#common/kube/duration.ts';
import { fieldError } from '#common/kube/field-error.ts';
import { dnsSubdomainProblems } from '#common/kube/names.ts';
import { events, type Event } from '#common/kube/resources.ts';
import type { Stored } from '#common/kube/object.ts';
import type { Kind } from '../../kind.ts';

const ONE_HOUR_MS = 3_600_000;

/** Something that happened to an object, told for an hour. */
export const eventKind: Kind<Event> = {
  resource: events,
  type: 'core.v1.Event',
  singular: 'event',
  shortNames: ['ev'],
  nameProblems: dnsSubdomainProblems,
  unconditionalUpdate: true,
  timeToLiveMs: ONE_HOUR_MS,
  validate(draft) {
    const involved = draft.involvedObject.namespace ?? '';
    const own = draft.metadata.namespace ?? '';
    // Events about cluster-scoped objects live in the default namespace.
    const expected = involved === '' ? ['default', 'kube-system'] : [involved];
    return expected.includes(own)
      ? []
      : [fieldError.invalid('involvedObject.namespace', involved, 'does not match event.namespace')];
  },
  selectableFields: {
    'involvedObject.kind': (object) => object.involvedObject.kind ?? '',
    'involvedObject.namespace': (object) => object.involvedObject.namespace ?? '',
    'involvedObject.name': (object) => object.involvedObject.name ?? '',
    'involvedObject.uid': (object) => object.involvedObject.uid ?? '',
    'involvedObject.apiVersion': (object) => object.involvedObject.apiVersion ?? '',
    'involvedObject.resourceVersion': (object) => object.involvedObject.resourceVersion ?? '',
    'involvedObject.fieldPath': (object) => object.involvedObject.fieldPath ?? '',
    reason: (object) => object.reason ?? '',
    reportingComponent: (object) => object.reportingComponent ?? '',
    source: (object) => sourceOf(object),
    type: (object) => object.type ?? '',
  },
  columns: [
    {
      name: 'Last Seen',
      type: 'string',
      description: 'The time at which the most recent occurrence of this event was recorded.',
    },
    {
      name: 'Type',
      type: 'string',
      description: 'Type of this event (Normal, Warning), new types could be added in the future',
    },
    {
      name: 'Reason',
      type: 'string',
      description:
        "This should be a short, machine understandable string that gives the reason for the transition into the object's current status.",
    },
    { name: 'Object', type: 'string', description: 'The object that this event is about.' },
    { name: 'Subobject', type: 'string', priority: 1, description: 'The part of the object that this event is about.' },
    { name: 'Source', type: 'string', priority: 1, description: 'The component reporting this event.' },
    { name: 'Message', type: 'string', description: 'A human-readable description of the status of this operation.' },
    { name: 'First Seen', type: 'string', priority: 1, description: 'The time at which the event was first recorded.' },
    { name: 'Count', type: 'string', priority: 1, description: 'The number of times this event has occurred.' },
    {
      name: 'Name',
      type: 'string',
      priority: 1,
      format: 'name',
      description: 'Name must be unique within a namespace.',
    },
  ],
  cells(object, now) {
    const first = object.firstTimestamp ?? object.eventTime ?? object.metadata.creationTimestamp;
    const last = object.series?.lastObservedTime ?? object.lastTimestamp ?? first;
    const target = object.involvedObject.name ?? '';
    const kind = (object.involvedObject.kind ?? '').toLowerCase();
    return [
      ageText(last, now),
      object.type ?? '',
      object.reason ?? '',
      target === '' ? kind : `${kind}/${target}`,
      object.involvedObject.fieldPath ?? '',
      sourceOf(object),
      (object.message ?? '').trim(),
      ageText(first, now),
      object.series?.count ?? object.count ?? 1,
      object.metadata.name,
    ];
  },
};

function sourceOf(object: Stored<Event>): string {
  const component = object.source?.component ?? object.reportingComponent ?? '';
  const host = object.source?.host ?? '';
  return host === '' ? component : `${component}, ${host}`;
}
