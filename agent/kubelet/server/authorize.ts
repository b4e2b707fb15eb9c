import type { TLSSocket } from 'node:tls';
import { HttpError } from './http-error.ts';

/** Who may use the kubelet's API: the API server on behalf of users, and the cluster's own administrators. */
const USERS: ReadonlySet<string> = new Set(['kube-apiserver-kubelet-client']);
const GROUPS: ReadonlySet<string> = new Set(['system:masters']);

export interface Caller {
  readonly user: string;
  readonly groups: readonly string[];
}

/** The caller by its client certificate; throws 401 without one from the cluster's authority. */
export function authenticate(socket: TLSSocket): Caller {
  if (!socket.authorized) throw new HttpError(401, 'Unauthorized');
  const { CN, O } = socket.getPeerCertificate().subject;
  return { user: first(CN) ?? '', groups: O === undefined ? [] : typeof O === 'string' ? [O] : O };
}

/** Throws 403 when the caller may not. */
export function authorize({ user, groups }: Caller, method: string, path: string): void {
  if (USERS.has(user) || groups.some((group) => GROUPS.has(group))) return;
  throw new HttpError(403, `Forbidden (user=${user}, verb=${method.toLowerCase()}, path=${path})`);
}

function first(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}
