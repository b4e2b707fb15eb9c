import { uuid } from '#common/base/random.ts';
import { fieldError, type FieldError } from '#common/kube/field-error.ts';
import type { ObjectMeta, Stored } from '#common/kube/object.ts';
import type { ServiceAccount, TokenRequest } from '#common/kube/resources.ts';
import { statusError } from '#common/kube/status-error.ts';
import { timeText } from '#common/kube/time.ts';
import { ISSUER } from '../../../authentication/service-account/token-issuer.ts';
import { serviceAccountUserName } from '../../../authentication/service-account/user.ts';
import type { ActionSubresource, WriteContext } from '../../../kind.ts';
import { boundObject } from './bound-object.ts';

const DEFAULT_SECONDS = 3600;
const SHORTEST_SECONDS = 600;
const LONGEST_SECONDS = 2 ** 32;
/**
 * Tokens that are mounted for the API ask for this life. Older client libraries read their token only once:
 * such tokens stay good for a year, and tell when they should have been read anew (KEP-1205).
 */
const MOUNTED_SECONDS = 3607;
const EXTENDED_SECONDS = 365 * 24 * 3600;

const TYPE = { group: 'authentication.k8s.io', kind: 'TokenRequest' } as const;

/** Makes a token with which to act as the service account (authentication.k8s.io/v1 TokenRequest). */
export const tokenSubresource: ActionSubresource<ServiceAccount> = {
  style: 'action',
  ...TYPE,
  version: 'v1',
  type: 'authentication.v1.TokenRequest',
  async act(account, body, context) {
    const { api } = context;
    const { metadata, spec } = withDefaults(body as TokenRequest, account, context);
    const errors = specErrors(spec);
    if (errors.length > 0) throw statusError.invalid(TYPE, '', errors);
    const bound = boundObject(account, spec.boundObjectRef, context);
    const max = api.maxTokenExpirationSeconds;
    if (spec.expirationSeconds > max) {
      context.warn(`requested expiration of ${spec.expirationSeconds} seconds shortened to ${max} seconds`);
      spec.expirationSeconds = max;
    }
    const nowMs = api.clock.now();
    const now = Math.floor(nowMs / 1000);
    const isMounted = spec.expirationSeconds === MOUNTED_SECONDS && spec.audiences.every((one) => one === ISSUER);
    const token = await api.tokenIssuer.sign({
      aud: spec.audiences,
      exp: now + (isMounted ? Math.min(EXTENDED_SECONDS, max) : spec.expirationSeconds),
      iat: now,
      jti: uuid(api.random),
      'kubernetes.io': {
        namespace: metadata.namespace,
        serviceaccount: { name: account.metadata.name, uid: account.metadata.uid },
        ...bound,
        ...(isMounted ? { warnafter: now + MOUNTED_SECONDS } : {}),
      },
      nbf: now,
      sub: serviceAccountUserName(metadata),
    });
    return {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { ...metadata, creationTimestamp: timeText(nowMs) },
      spec,
      status: { token, expirationTimestamp: timeText(nowMs + spec.expirationSeconds * 1000) },
    } satisfies TokenRequest;
  },
};

type Spec = NonNullable<TokenRequest['spec']> & { audiences: string[]; expirationSeconds: number };

function withDefaults(
  { metadata = {}, spec = {} }: TokenRequest,
  { metadata: { name, namespace = '' } }: Stored<ServiceAccount>,
  { api }: WriteContext,
): { metadata: ObjectMeta & { name: string; namespace: string }; spec: Spec } {
  if (metadata.namespace && metadata.namespace !== namespace) {
    throw statusError.invalid(TYPE, name, [
      fieldError.invalid(
        'metadata.namespace',
        metadata.namespace,
        'must match the service account namespace if specified',
      ),
    ]);
  }
  const audiences = spec.audiences?.length ? spec.audiences : [...api.tokens.audiences];
  return {
    metadata: { ...metadata, name, namespace },
    spec: { ...spec, audiences, expirationSeconds: spec.expirationSeconds ?? DEFAULT_SECONDS },
  };
}

function specErrors({ expirationSeconds }: Spec): FieldError[] {
  const field = 'spec.expirationSeconds';
  if (expirationSeconds < SHORTEST_SECONDS) {
    return [fieldError.invalid(field, expirationSeconds, 'may not specify a duration less than 10 minutes')];
  }
  if (expirationSeconds > LONGEST_SECONDS) {
    return [fieldError.invalid(field, expirationSeconds, 'may not specify a duration larger than 2^32 seconds')];
  }
  return [];
}
