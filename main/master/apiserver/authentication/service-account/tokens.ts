import type { Clock } from '#common/base/clock.ts';
import type { Stored } from '#common/kube/object.ts';
import { nodes, pods, secrets, serviceAccounts, type Resource } from '#common/kube/resources.ts';
import { InvalidTokenError, type TokenAuthenticator } from '../bearer-tokens.ts';
import type { Reference } from './claims.ts';
import type { TokenIssuer } from './token-issuer.ts';
import { serviceAccountUser } from './user.ts';

/** An object that is there now, by its key. */
export type FindObject = (resource: Resource, key: string) => Stored | undefined;

/** What is being deleted counts as gone only after this, for clocks differ. */
const LEEWAY_MS = 60_000;

/**
 * Tokens of service accounts: good while the account is there, and the pod, node or Secret that the token
 * is bound to (KEP-1205).
 */
export function serviceAccountTokens(issuer: TokenIssuer, find: FindObject, clock: Clock): TokenAuthenticator {
  const isThere = (resource: Resource, key: string, uid: string): boolean => {
    const object = find(resource, key);
    if (object?.metadata.uid !== uid) return false;
    const { deletionTimestamp } = object.metadata;
    return deletionTimestamp === undefined || Date.parse(deletionTimestamp) >= clock.now() - LEEWAY_MS;
  };
  return async (token, wanted) => {
    const claims = await issuer.verify(token);
    if (!claims) return undefined;
    const audiences = claims.aud.filter((audience) => wanted.includes(audience));
    if (audiences.length === 0) {
      throw new InvalidTokenError(
        `token audiences ${goList(claims.aud)} is invalid for the target audiences ${goList(wanted)}`,
      );
    }
    const { namespace, serviceaccount, pod, secret, node } = claims['kubernetes.io'];
    if (!isThere(serviceAccounts, `${namespace}/${serviceaccount.name}`, serviceaccount.uid)) {
      throw new InvalidTokenError(`service account ${namespace}/${serviceaccount.name} has been deleted`);
    }
    const bound: readonly [Resource, Reference | undefined][] = [
      [pods, pod],
      [secrets, secret],
    ];
    const lost = bound.some(([resource, ref]) => ref && !isThere(resource, `${namespace}/${ref.name}`, ref.uid));
    const lostNode = !pod && node?.uid !== undefined && !isThere(nodes, node.name, node.uid);
    if (lost || lostNode) throw new InvalidTokenError('service account token has been invalidated');
    return { user: serviceAccountUser(claims), audiences };
  };
}

function goList(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;
}
