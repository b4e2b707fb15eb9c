import type { Clock } from '#common/base/clock.ts';
import { uuid, type Random } from '#common/base/random.ts';
import type { Status } from '#common/kube/status-error.ts';
import { microTimeText } from '#common/kube/time.ts';
import type { Attributes } from '../authorization/authorizer.ts';
import { userInfo, type User } from '../authentication/user.ts';

/** One finished request: who did what to what, and what came of it. */
export interface AuditedRequest {
  /** By which its client can find it again; made up when it came without one. */
  readonly id?: string;
  readonly attributes: Attributes;
  readonly uri: string;
  readonly sourceAddress: string;
  readonly userAgent: string;
  /** HTTP status. */
  readonly code: number;
  /** Of a request that failed. */
  readonly failure?: Status | undefined;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  /** Who asked, when `attributes.user` is someone else whom they stand for. */
  readonly asker?: User | undefined;
}

/** Where finished requests are noted. */
export interface Audit {
  note(request: AuditedRequest): void;
}

/** A full file is put aside, and the newest of those are kept. */
export const AUDIT_FILES = { limit: 20 * 1024 * 1024, older: 5 };

export const noAudit: Audit = { note: () => undefined };

/** Events of audit.k8s.io/v1 at level Metadata, one JSON document per line. Bodies are never in them. */
export class AuditLog implements Audit {
  readonly #write: (line: string) => void;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(write: (line: string) => void, clock: Clock, random: Random) {
    this.#write = write;
    this.#clock = clock;
    this.#random = random;
  }

  note(request: AuditedRequest): void {
    if (isAudited(request.attributes))
      this.#write(eventText(request, request.id ?? uuid(this.#random), this.#clock.now()));
  }
}

const READS: ReadonlySet<string> = new Set(['get', 'list', 'watch', 'head']);

/** What is left out: documents about the API, heartbeats and events, and what the components read all the time. */
function isAudited(attributes: Attributes): boolean {
  const { user, verb } = attributes;
  if ('path' in attributes) return !READS.has(verb);
  const { group, resource } = attributes;
  if (resource === 'events') return false;
  if (!isComponent(user.name)) return true;
  return !READS.has(verb) && !(resource === 'leases' && group === 'coordination.k8s.io');
}

function isComponent(name: string): boolean {
  return (
    name.startsWith('system:') &&
    name !== 'system:anonymous' &&
    (!name.startsWith('system:serviceaccount:') || name.startsWith('system:serviceaccount:kube-system:'))
  );
}

function eventText(request: AuditedRequest, auditID: string, now: number): string {
  const { attributes, asker, failure, code } = request;
  const user = asker ?? attributes.user;
  return JSON.stringify({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID,
    stage: 'ResponseComplete',
    requestURI: request.uri,
    verb: attributes.verb,
    user: userInfo(user),
    ...(asker ? { impersonatedUser: userInfo(attributes.user) } : {}),
    sourceIPs: [request.sourceAddress],
    userAgent: request.userAgent,
    ...('path' in attributes ? {} : { objectRef: objectReference(attributes) }),
    responseStatus: {
      metadata: {},
      ...(failure ? { status: failure.status, message: failure.message, reason: failure.reason } : {}),
      code,
    },
    requestReceivedTimestamp: microTimeText(request.receivedAt),
    stageTimestamp: microTimeText(now),
    annotations: { 'authorization.k8s.io/decision': code === 403 ? 'forbid' : 'allow' },
  });
}

function objectReference({
  resource,
  namespace,
  name,
  group,
  version,
  subresource,
}: Exclude<Attributes, { path: string }>): unknown {
  return {
    resource,
    ...(namespace === '' ? {} : { namespace }),
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { apiGroup: group }),
    apiVersion: version,
    ...(subresource === '' ? {} : { subresource }),
  };
}
