import type { Clock } from '#common/base/clock.ts';
import type { Random } from '#common/base/random.ts';
import type { Timings } from './timings.ts';

/** This computer, as the provider uses it. */
export interface MultipassHost {
  /** What is known of our instances, a file each. */
  readonly stateDirectory: string;
  /** The file of the Multipass client, where it is not in its usual place. */
  readonly executable?: string;
  readonly timings: Timings;
  readonly clock: Clock;
  readonly random: Random;
}
