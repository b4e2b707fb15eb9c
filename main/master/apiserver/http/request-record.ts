import type { Status } from '#common/kube/status-error.ts';
import type { Attributes } from '../authorization/authorizer.ts';
import type { User } from '../authentication/user.ts';
import type { Kind } from '../kind.ts';
import type { RequestInfo } from './request-info.ts';

/** What becomes known of a request while it is answered: for the audit log and the metrics, when it is over. */
export interface RequestRecord {
  /** By which its client and the audit log name it. */
  readonly auditId: string;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  /** On the clock that never goes back, in milliseconds. */
  readonly started: number;
  /** Known only while the connection is open. */
  readonly sourceAddress: string;
  /** Who asked, when the user of the attributes is someone else whom they stand for. */
  asker?: User;
  info?: RequestInfo;
  attributes?: Attributes;
  kind?: Kind;
  /** What an object was called that the request made, when only its body said so. */
  createdName?: string;
  failure?: Status;
  /** Its place among the requests that are served. */
  place?: Disposable;
  deadline?: Disposable;
  /** It was answered because its time was over; whatever comes after that is not heard. */
  expired?: true;
}
