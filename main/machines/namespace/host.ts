import type { Clock } from '#common/base/clock.ts';
import type { Log } from '#common/base/log.ts';

/** This host, as the provider uses it. */
export interface NamespaceHost {
  /** Machines and what they wrote; on a file system that an overlay can lie on. */
  readonly stateDirectory: string;
  /** Base images, shared by all clusters; may be removed when no machine exists. */
  readonly cacheDirectory: string;
  readonly clock: Clock;
  readonly log: Log;
}
