import { ageText } from '#common/kube/duration.ts';
import { dnsSubdomainProblems } from '#common/kube/names.ts';
import { serviceAccounts, type ServiceAccount } from '#common/kube/resources.ts';
import { AGE_COLUMN, NAME_COLUMN, type Kind } from '../../../kind.ts';
import { tokenSubresource } from './token.ts';

/** Whom pods act as towards the API. */
export const serviceAccountKind: Kind<ServiceAccount> = {
  resource: serviceAccounts,
  type: 'core.v1.ServiceAccount',
  singular: 'serviceaccount',
  shortNames: ['sa'],
  nameProblems: dnsSubdomainProblems,
  unconditionalUpdate: true,
  columns: [
    NAME_COLUMN,
    {
      name: 'Secrets',
      type: 'string',
      description:
        'Secrets is a list of the secrets in the same namespace that pods running using this ServiceAccount are allowed to use.',
    },
    AGE_COLUMN,
  ],
  cells: ({ metadata, secrets }, now) => [
    metadata.name,
    secrets?.length ?? 0,
    ageText(metadata.creationTimestamp, now),
  ],
  subresources: { token: tokenSubresource },
};
