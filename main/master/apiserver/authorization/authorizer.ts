import type { User } from '../authentication/user.ts';

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
  readonly name: string;
}

/** A request for something that is no resource: /healthz, /version, discovery. */
export interface PathAttributes {
  readonly user: User;
  readonly verb: string;
  readonly path: string;
}

/** Says yes, or has no opinion; when none says yes the answer is no. */
export interface Authorizer {
  allows(attributes: Attributes): boolean;
}
