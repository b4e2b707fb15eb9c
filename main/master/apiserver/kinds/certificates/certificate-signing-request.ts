import { mutableCopy } from '#common/base/freeze.ts';
import { ageText, humanDuration } from '#common/kube/duration.ts';
import { fieldError, type FieldError } from '#common/kube/field-error.ts';
import { dnsSubdomainProblems } from '#common/kube/names.ts';
import type { Stored } from '#common/kube/object.ts';
import { certificateSigningRequests, type CertificateSigningRequest } from '#common/kube/resources.ts';
import { timeText } from '#common/kube/time.ts';
import { AGE_COLUMN, NAME_COLUMN, type Draft, type Kind } from '../../kind.ts';
import { certificateErrors, conditionErrors } from './conditions.ts';
import { usageErrors } from './usages.ts';

const SHORTEST_SECONDS = 600;
const LEGACY_SIGNER = 'kubernetes.io/legacy-unknown';

/** Someone asks for a certificate; someone else approves; a signer signs. */
export const certificateSigningRequestKind: Kind<CertificateSigningRequest> = {
  resource: certificateSigningRequests,
  type: 'certificates.v1.CertificateSigningRequest',
  singular: 'certificatesigningrequest',
  shortNames: ['csr'],
  nameProblems: dnsSubdomainProblems,
  prepareForCreate(draft, { user }) {
    // Who asks is what the server saw, never what the body says.
    draft.spec.username = user.name;
    draft.spec.groups = [...user.groups];
    if (user.uid === undefined) delete draft.spec.uid;
    else draft.spec.uid = user.uid;
    if (user.extra === undefined) delete draft.spec.extra;
    else draft.spec.extra = mutableCopy<NonNullable<CertificateSigningRequest['spec']['extra']>>(user.extra);
    draft.status = {};
  },
  prepareForUpdate(draft, old) {
    draft.spec = mutableCopy<CertificateSigningRequest['spec']>(old.spec);
    draft.status = mutableCopy<NonNullable<CertificateSigningRequest['status']>>(old.status ?? {});
  },
  validate(draft) {
    const { spec } = draft;
    const errors: FieldError[] = [];
    const pem = Buffer.from(spec.request, 'base64').toString('latin1');
    if (
      !/^-----BEGIN (NEW )?CERTIFICATE REQUEST-----\r?\n[^-]+-----END (NEW )?CERTIFICATE REQUEST-----\s*$/.test(pem)
    ) {
      errors.push(fieldError.invalid('spec.request', spec.request, 'PEM block type must be CERTIFICATE REQUEST'));
    }
    errors.push(...usageErrors(spec.usages ?? []));
    if (spec.signerName === '') errors.push(fieldError.required('spec.signerName'));
    else if (!/^[a-z0-9.-]+\.[a-z0-9.-]+\/[a-z0-9./-]+$/i.test(spec.signerName)) {
      errors.push(
        fieldError.invalid(
          'spec.signerName',
          spec.signerName,
          'must be a fully qualified domain and path of the form "example.com/signer-name"',
        ),
      );
    } else if (spec.signerName === LEGACY_SIGNER) {
      errors.push(
        fieldError.invalid(
          'spec.signerName',
          spec.signerName,
          'the legacy signerName is not allowed via this API version',
        ),
      );
    }
    if (spec.expirationSeconds !== undefined && spec.expirationSeconds < SHORTEST_SECONDS) {
      errors.push(
        fieldError.invalid(
          'spec.expirationSeconds',
          spec.expirationSeconds,
          'may not specify a duration less than 600 seconds (10 minutes)',
        ),
      );
    }
    return errors;
  },
  selectableFields: { 'spec.signerName': (object) => object.spec.signerName },
  columns: [
    NAME_COLUMN,
    AGE_COLUMN,
    {
      name: 'SignerName',
      type: 'string',
      description: 'signerName indicates the requested signer, and is a qualified name.',
    },
    {
      name: 'Requestor',
      type: 'string',
      description: 'username contains the name of the user that created the CertificateSigningRequest.',
    },
    {
      name: 'RequestedDuration',
      type: 'string',
      description: 'expirationSeconds is the requested duration of validity of the issued certificate.',
    },
    { name: 'Condition', type: 'string', description: 'conditions applied to the request.' },
  ],
  cells: (object, now) => [
    object.metadata.name,
    ageText(object.metadata.creationTimestamp, now),
    object.spec.signerName,
    object.spec.username ?? '',
    object.spec.expirationSeconds === undefined ? '<none>' : humanDuration(object.spec.expirationSeconds * 1000),
    conditionText(object),
  ],
  subresources: {
    status: {
      style: 'part',
      readable: true,
      take(draft, incoming) {
        // Whether it is approved is said at another door.
        const decided = (draft.status?.conditions ?? []).filter(isDecision);
        const others = (incoming.status?.conditions ?? []).filter((condition) => !isDecision(condition));
        draft.status = { ...incoming.status, conditions: [...decided, ...others] };
      },
      validate: (draft, old) => [...conditionErrors(draft, old), ...certificateErrors(draft, old)],
    },
    approval: {
      style: 'part',
      readable: true,
      take(draft, incoming, { api }) {
        draft.status = { ...draft.status, conditions: incoming.status?.conditions ?? [] };
        stampConditions(draft, timeText(api.clock.now()));
      },
      validate: conditionErrors,
    },
  },
};

interface Condition {
  type: string;
  status?: string;
  lastUpdateTime?: string;
  lastTransitionTime?: string;
}

function isDecision(condition: Condition): boolean {
  return condition.type === 'Approved' || condition.type === 'Denied';
}

function stampConditions(draft: Draft<CertificateSigningRequest>, now: string): void {
  for (const condition of draft.status?.conditions ?? []) {
    condition.lastUpdateTime ??= now;
    condition.lastTransitionTime ??= now;
  }
}

function conditionText(object: Stored<CertificateSigningRequest>): string {
  const types = (object.status?.conditions ?? []).map(({ type }) => type);
  const words = ['Approved', 'Denied', 'Failed'].filter((type) => types.includes(type));
  if (words.length === 0) return 'Pending';
  if (object.status?.certificate) words.push('Issued');
  return words.join(',');
}
