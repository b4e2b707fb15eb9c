import type { Clock } from '#common/base/clock.ts';
import type { Random } from '#common/base/random.ts';

/** This computer, as the provider uses it. */
export interface SshProviderOptions {
  /** What is known of the machines that were taken over. */
  readonly stateDirectory: string;
  /** The installer's templates, which tell what of a machine is going to be changed. */
  readonly templates: string;
  /** The private key by which the app logs in to the machines of a cluster, and its public half. */
  readonly identity: (cluster: string) => Promise<{ readonly publicKey: string; readonly privateKey: string }>;
  /** Where the user's SSH agent listens. */
  readonly agentSocket?: string;
  readonly clock: Clock;
  readonly random: Random;
}
