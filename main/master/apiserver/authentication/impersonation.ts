import type { IncomingHttpHeaders } from 'node:http';
import { statusError } from '#common/kube/status-error.ts';
import { authorize } from '../authorization/authorize.ts';
import type { Authorizer } from '../authorization/authorizer.ts';
import { serviceAccountGroups, splitServiceAccountUserName } from './service-account/user.ts';
import { ALL_AUTHENTICATED, ALL_UNAUTHENTICATED, ANONYMOUS, type User } from './user.ts';

const EXTRA_PREFIX = 'impersonate-extra-';

/** Whom someone wants to act as, as the headers say it. */
interface Wanted {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: ReadonlyMap<string, readonly string[]>;
}

/**
 * The user as whom the request is to be judged: the one who asks, or whom its Impersonate-* headers name.
 * Throws 403 unless the one who asks may act as each part of that identity.
 */
export function impersonate(
  authorizer: Authorizer,
  user: User,
  headers: IncomingHttpHeaders,
  rawHeaders: readonly string[],
): User {
  const wanted = wantedOf(headers, rawHeaders);
  if (!wanted) return user;
  const account = splitServiceAccountUserName(wanted.name);
  const may = (
    resource: string,
    name: string,
    rest: { group?: string; namespace?: string; subresource?: string } = {},
  ): void =>
    authorize(authorizer, {
      user,
      verb: 'impersonate',
      group: '',
      version: 'v1',
      namespace: '',
      subresource: '',
      ...rest,
      resource,
      name,
    });
  const authentication = { group: 'authentication.k8s.io' };
  if (account) may('serviceaccounts', account.name, { namespace: account.namespace });
  else may('users', wanted.name);
  if (wanted.uid !== '') may('uids', wanted.uid, authentication);
  for (const group of wanted.groups) may('groups', group);
  for (const [key, values] of wanted.extra) {
    for (const value of values) may('userextras', value, { ...authentication, subresource: key });
  }
  const groups = account && wanted.groups.length === 0 ? serviceAccountGroups(account.namespace) : wanted.groups;
  return {
    name: wanted.name,
    groups: withStandardGroup(wanted.name, groups),
    ...(wanted.uid === '' ? {} : { uid: wanted.uid }),
    ...(wanted.extra.size === 0 ? {} : { extra: Object.fromEntries(wanted.extra) }),
  };
}

function wantedOf(headers: IncomingHttpHeaders, rawHeaders: readonly string[]): Wanted | undefined {
  const name = textOf(headers['impersonate-user']);
  const uid = textOf(headers['impersonate-uid']);
  // Node joins repeated headers by commas, which a group's name may hold: they are read as they were sent.
  const sent = pairs(rawHeaders);
  const groups = sent.flatMap(([header, value]) => (header === 'impersonate-group' ? [value] : []));
  const extra = new Map<string, string[]>();
  for (const [header, value] of sent) {
    if (!header.startsWith(EXTRA_PREFIX)) continue;
    const key = unescaped(header.slice(EXTRA_PREFIX.length)).toLowerCase();
    extra.set(key, [...(extra.get(key) ?? []), value]);
  }
  if (name !== '') return { name, uid, groups, extra };
  if (uid === '' && groups.length === 0 && extra.size === 0) return undefined;
  throw statusError.internal('requested a group, uid or extra without impersonating a user');
}

function pairs(rawHeaders: readonly string[]): [string, string][] {
  const found: [string, string][] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    found.push([rawHeaders[index]!.toLowerCase(), rawHeaders[index + 1]!]);
  }
  return found;
}

function textOf(value: string | string[] | undefined): string {
  return [value ?? []].flat().join(',');
}

/** Keys of extra may hold what header names may not: they come percent-encoded. */
function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

/** Everyone but the anonymous is authenticated, whatever the headers left out. */
function withStandardGroup(name: string, groups: readonly string[]): readonly string[] {
  if (groups.includes(ALL_AUTHENTICATED) || groups.includes(ALL_UNAUTHENTICATED)) return groups;
  return [...groups, name === ANONYMOUS.name ? ALL_UNAUTHENTICATED : ALL_AUTHENTICATED];
}
