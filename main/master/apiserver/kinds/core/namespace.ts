import { ageText } from '#common/kube/duration.ts';
import { mutableCopy } from '#common/base/freeze.ts';
import { dnsLabelProblems } from '#common/kube/names.ts';
import { namespaces, type Namespace } from '#common/kube/resources.ts';
import { AGE_COLUMN, NAME_COLUMN, type Kind } from '../../kind.ts';

const FINALIZER = 'kubernetes';

/** A part of the cluster with names of its own. It goes when the namespace controller has emptied it. */
export const namespaceKind: Kind<Namespace> = {
  resource: namespaces,
  type: 'core.v1.Namespace',
  singular: 'namespace',
  shortNames: ['ns'],
  nameProblems: dnsLabelProblems,
  unconditionalUpdate: true,
  setDefaults(draft) {
    const { metadata } = draft;
    // Network policies and quotas select namespaces by this label (KEP-2161).
    if (metadata.name) metadata.labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name };
  },
  prepareForCreate(draft) {
    draft.status = { phase: 'Active' };
    const finalizers = draft.spec?.finalizers ?? [];
    draft.spec = { finalizers: finalizers.includes(FINALIZER) ? finalizers : [...finalizers, FINALIZER] };
  },
  prepareForUpdate(draft, old) {
    draft.spec = { finalizers: [...(old.spec?.finalizers ?? [])] };
    draft.status = mutableCopy<NonNullable<Namespace['status']>>(old.status ?? {});
  },
  prepareForDelete(draft) {
    draft.status = { ...draft.status, phase: 'Terminating' };
  },
  keepWhileDeleting: (draft) => (draft.spec?.finalizers ?? []).length > 0,
  selectableFields: { 'status.phase': (object) => object.status?.phase ?? '' },
  columns: [NAME_COLUMN, { name: 'Status', type: 'string', description: 'The status of the namespace' }, AGE_COLUMN],
  cells: (object, now) => [
    object.metadata.name,
    object.status?.phase ?? '',
    ageText(object.metadata.creationTimestamp, now),
  ],
  subresources: {
    status: {
      style: 'part',
      readable: true,
      take(draft, incoming) {
        if (incoming.status) draft.status = incoming.status;
      },
    },
    finalize: {
      style: 'part',
      readable: false,
      take(draft, incoming) {
        draft.spec = { finalizers: incoming.spec?.finalizers ?? [] };
      },
    },
  },
};
