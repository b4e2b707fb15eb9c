import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '#common/base/clock.ts';
import type { Stored } from '#common/kube/object.ts';
import type { Secret } from '#common/kube/resources.ts';
import type { TokenAuthenticator } from './authenticator.ts';
import { authenticated, BOOTSTRAPPERS } from './user.ts';

export const BOOTSTRAP_TOKEN_TYPE = 'bootstrap.kubernetes.io/token';
const TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;

/** Tokens with which a machine asks for its first certificate: Secrets `kube-system/bootstrap-token-<id>`. */
export function bootstrapTokens(
  secretOf: (name: string) => Stored<Secret> | undefined,
  clock: Clock,
): TokenAuthenticator {
  return (token) => {
    const [, id, secret] = TOKEN.exec(token) ?? [];
    if (id === undefined || secret === undefined) return undefined;
    const found = secretOf(`kube-system/bootstrap-token-${id}`);
    if (found?.type !== BOOTSTRAP_TOKEN_TYPE || found.metadata.deletionTimestamp !== undefined) return undefined;
    const value = (key: string): string => Buffer.from(found.data?.[key] ?? '', 'base64').toString('utf8');
    if (!sameText(value('token-secret'), secret) || value('token-id') !== id) return undefined;
    const expiration = value('expiration');
    if (expiration !== '' && !(Date.parse(expiration) > clock.now())) return undefined;
    if (value('usage-bootstrap-authentication') !== 'true') return undefined;
    const extra = value('auth-extra-groups')
      .split(',')
      .filter((group) => group !== '');
    if (!extra.every((group) => GROUP.test(group))) return undefined;
    return authenticated(`system:bootstrap:${id}`, [BOOTSTRAPPERS, ...extra]);
  };
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
