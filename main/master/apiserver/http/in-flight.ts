import { statusError } from '#common/kube/status-error.ts';
import { MASTERS, type User } from '../authentication/user.ts';
import type { RequestInfo } from './request-info.ts';

/** Upstream's --max-requests-inflight and --max-mutating-requests-inflight. */
const READ_ONLY_LIMIT = 400;
const MUTATING_LIMIT = 200;
const RETRY_AFTER_SECONDS = 1;

const READS: ReadonlySet<string> = new Set(['get', 'list', 'head']);
/** Streams for as long as someone listens. */
const STREAMS: ReadonlySet<string> = new Set(['attach', 'exec', 'log', 'portforward', 'proxy']);

/** Whether a request may last longer than requests do, and is not counted among them. */
export function isLongRunning(info: RequestInfo): boolean {
  return 'resource' in info && (info.verb === 'watch' || STREAMS.has(info.subresource));
}

/** How many requests are being served; refuses those that are too many. */
export class InFlight {
  readOnly = 0;
  mutating = 0;
  longRunning = 0;
  refused = 0;

  /** Takes a place until it is disposed of; throws 429 when there is none. */
  enter(info: RequestInfo, user: User): Disposable {
    if (isLongRunning(info)) return this.#take('longRunning');
    const kind = READS.has(info.verb) ? 'readOnly' : 'mutating';
    const isFull = this[kind] >= (kind === 'readOnly' ? READ_ONLY_LIMIT : MUTATING_LIMIT);
    // Whoever may repair the cluster must get through.
    if (isFull && !user.groups.includes(MASTERS)) {
      this.refused++;
      throw statusError.tooManyRequests('Too many requests, please try again later.', RETRY_AFTER_SECONDS);
    }
    return this.#take(kind);
  }

  #take(kind: 'readOnly' | 'mutating' | 'longRunning'): Disposable {
    this[kind]++;
    return {
      [Symbol.dispose]: () => {
        this[kind]--;
      },
    };
  }
}
