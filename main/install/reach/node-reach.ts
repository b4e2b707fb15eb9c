import { isAborted } from '#common/base/abort.ts';
import { sleep, type Clock } from '#common/base/clock.ts';
import { describeError, type Log } from '#common/base/log.ts';
import type { Random } from '#common/base/random.ts';
import { Scope } from '#common/base/scope.ts';
import { Backoff } from '#common/client/backoff.ts';
import type { Reach } from '#common/contract/cluster.ts';
import { Limiter } from '../limiter.ts';
import type { Forwarding } from '../ssh-forwarding.ts';
import type { NodeSide } from './node-side.ts';

export interface NodeReachOptions {
  readonly side: NodeSide;
  /** Hears of the way that was chosen, whenever it is another. */
  readonly changed: (reach: Reach) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** While a node is silent or uses a tunnel: whether it reaches the master directly by now. */
const LOOK_AGAIN = { firstMs: 2_000, maximumMs: 60_000, jitter: 0.2 };
/** While a node cannot be reached by SSH. */
const RETRY = { firstMs: 500, maximumMs: 30_000, jitter: 0.2 };

/**
 * One node's way to the master: direct where it reaches this computer, else a tunnel in the SSH connection. It looks
 * for another when the tunnel breaks and when the node falls silent. A node that is heard of over a direct way costs
 * nothing.
 */
export class NodeReach implements AsyncDisposable {
  readonly #options: NodeReachOptions;
  readonly #scope: Scope;
  /** One choice at a time. */
  readonly #turn = new Limiter(1);
  readonly #lookAgain: Backoff;
  readonly #retry: Backoff;
  #tunnel: Forwarding | undefined;
  #reach: Reach | undefined;
  #isKept = false;
  #isSilent = false;
  /** There is a reason to look that came while nobody waited for one. */
  #isDue = false;
  #hasFailed = false;
  #woken = new AbortController();

  constructor(options: NodeReachOptions) {
    this.#options = options;
    this.#lookAgain = new Backoff(LOOK_AGAIN, options.random);
    this.#retry = new Backoff(RETRY, options.random);
    this.#scope = new Scope((error, task) => options.log.error(`${task} ended`, { error: describeError(error) }));
  }

  /** Finds the way, tells the node, and keeps it from now on. */
  async establish(signal: AbortSignal): Promise<Reach> {
    const reach = await this.#turn.run(() => this.#choose(AbortSignal.any([signal, this.#scope.signal])));
    // What the loop waits for may be another thing now.
    this.#wake();
    this.keep();
    return reach;
  }

  /** Finds and keeps the way in the background, however long the node cannot be reached. */
  keep(): void {
    if (this.#isKept) return;
    this.#isKept = true;
    this.#scope.run('the way to the master', (signal) => this.#run(signal));
  }

  /** The node has not been heard of when it should have been. */
  suspect(): void {
    this.#isSilent = true;
    this.#lookAgain.reset();
    this.#isDue = true;
    this.#wake();
  }

  heard(): void {
    this.#isSilent = false;
  }

  /** Lets go of the node, which is told nothing. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope.close();
    await this.#tunnel?.[Symbol.asyncDispose]();
  }

  async #run(signal: AbortSignal): Promise<void> {
    this.#isDue = this.#reach === undefined;
    while (!signal.aborted) {
      if (!this.#isDue && !(await this.#wait(signal))) continue;
      this.#isDue = false;
      try {
        await this.#turn.run(() => this.#choose(signal));
      } catch (error) {
        if (isAborted(signal)) return;
        this.#hasFailed = true;
        this.#options.log.debug('the way to the master was not found', { error: describeError(error) });
      }
    }
  }

  /** Whether there is a reason to look by now; false when there may be another to wait for. */
  async #wait(signal: AbortSignal): Promise<boolean> {
    this.#woken = new AbortController();
    const { lost } = this.#tunnel ?? {};
    if (lost?.aborted) return true;
    const until = AbortSignal.any([signal, this.#woken.signal, ...(lost ? [lost] : [])]);
    const delayMs = this.#delayMs();
    const rang =
      delayMs === undefined
        ? await aborted(until)
        : await sleep(this.#options.clock, delayMs, until).then(
            () => true,
            () => false,
          );
    return rang || lost?.aborted === true;
  }

  /** How long until it is looked at without a reason; undefined while all is well. */
  #delayMs(): number | undefined {
    if (this.#hasFailed) return this.#retry.nextMs();
    return this.#reach === 'tunnel' || this.#isSilent ? this.#lookAgain.nextMs() : undefined;
  }

  async #choose(signal: AbortSignal): Promise<Reach> {
    const { side } = this.#options;
    if (this.#tunnel?.lost.aborted) this.#tunnel = undefined;
    const { servers, reached } = await side.probe(signal);
    if (reached.length > 0) {
      const others = servers.filter((server) => !reached.includes(server));
      // First the agent goes over, then the tunnel closes.
      await side.announce({ servers: [...reached, ...others] }, signal);
      const tunnel = this.#tunnel;
      this.#tunnel = undefined;
      await tunnel?.[Symbol.asyncDispose]();
    } else {
      this.#tunnel ??= await side.openTunnel(signal);
      await side.announce({ servers: [...servers], tunnel: this.#tunnel.port }, signal);
    }
    this.#settle(reached.length > 0 ? 'direct' : 'tunnel');
    return this.#reach!;
  }

  #settle(reach: Reach): void {
    this.#hasFailed = false;
    this.#retry.reset();
    if (reach === this.#reach) return;
    this.#reach = reach;
    this.#lookAgain.reset();
    this.#options.log.info('the way to the master', { reach });
    this.#options.changed(reach);
  }

  #wake(): void {
    this.#woken.abort();
  }
}

function aborted(signal: AbortSignal): Promise<false> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(false);
    else signal.addEventListener('abort', () => resolve(false), { once: true });
  });
}
