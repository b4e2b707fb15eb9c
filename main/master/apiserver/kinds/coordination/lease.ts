import { ageText } from '#common/kube/duration.ts';
import { fieldError, type FieldError } from '#common/kube/field-error.ts';
import { dnsSubdomainProblems } from '#common/kube/names.ts';
import { leases, type Lease } from '#common/kube/resources.ts';
import { AGE_COLUMN, NAME_COLUMN, type Kind } from '../../kind.ts';

/** Who holds something, until when: heartbeats of nodes, and leadership. */
export const leaseKind: Kind<Lease> = {
  resource: leases,
  type: 'coordination.v1.Lease',
  singular: 'lease',
  nameProblems: dnsSubdomainProblems,
  validate(draft) {
    const errors: FieldError[] = [];
    const { leaseDurationSeconds, leaseTransitions } = draft.spec ?? {};
    if (leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0) {
      errors.push(fieldError.invalid('spec.leaseDurationSeconds', leaseDurationSeconds, 'must be greater than 0'));
    }
    if (leaseTransitions !== undefined && leaseTransitions < 0) {
      errors.push(fieldError.invalid('spec.leaseTransitions', leaseTransitions, 'must be greater than or equal to 0'));
    }
    return errors;
  },
  columns: [
    NAME_COLUMN,
    {
      name: 'Holder',
      type: 'string',
      description: 'holderIdentity contains the identity of the holder of a current lease.',
    },
    AGE_COLUMN,
  ],
  cells: (object, now) => [
    object.metadata.name,
    object.spec?.holderIdentity ?? '',
    ageText(object.metadata.creationTimestamp, now),
  ],
};
