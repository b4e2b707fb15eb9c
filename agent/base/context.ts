import type { Clock } from '#common/base/clock.ts';
import type { Log } from '#common/base/log.ts';
import type { Random } from '#common/base/random.ts';

/** What nearly every part of the agent needs from outside. */
export interface AgentContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}
