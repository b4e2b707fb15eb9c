import type { User } from '../authentication/user.ts';
import type { PolicyRule } from './rbac/rules.ts';

/** What someone wants to do, as authorizers and the audit log see it. */
export type Attributes = ResourceAttributes | PathAttributes;

export interface ResourceAttributes {
  readonly user: User;
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  /** Of a list or watch too, when its field selector asks for one object by name. */
  readonly name: string;
  /** Of a list, watch or deletecollection, as it was asked for (KEP-4601). */
  readonly fieldSelector?: string;
}

/** A request for something that is no resource: /healthz, /version, discovery. */
export interface PathAttributes {
  readonly user: User;
  readonly verb: string;
  readonly path: string;
}

/** Not allowed means no opinion: another authorizer may still allow it. */
export interface Decision {
  readonly allowed: boolean;
  /** Why; empty when there is nothing to say. */
  readonly reason: string;
}

/** What someone may do in a namespace, as far as it can be listed. */
export interface RulesOfUser {
  readonly rules: readonly PolicyRule[];
  /** Why the list may be incomplete. */
  readonly errors: readonly string[];
}

/** Says yes, or has no opinion; when none says yes the answer is no. */
export interface Authorizer {
  decide(attributes: Attributes): Decision;
  rulesFor(user: User, namespace: string): RulesOfUser;
}

export const NO_OPINION: Decision = Object.freeze({ allowed: false, reason: '' });
export const ALLOWED: Decision = Object.freeze({ allowed: true, reason: '' });
