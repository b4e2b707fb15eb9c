import { isAborted } from '#common/base/abort.ts';
import { sleep } from '#common/base/clock.ts';
import { describeError } from '#common/base/log.ts';
import { Backoff } from '#common/client/backoff.ts';
import type { AgentContext } from '../../base/context.ts';
import type { Runtime } from '../../cri/runtime.ts';
import type { RuntimeCondition } from '../../cri/types.ts';

export interface RuntimeListener {
  /** A container or sandbox has ended. */
  exited?(containerId: string): void;
  /** The runtime can be reached (again): what happened before is not known. */
  connected?(): void;
  /** `problems` gives another answer than before. */
  problemsChanged?(): void;
}

const DOWN = 'container runtime is down';
// While something is missing it is looked for this often; when all is well, only as often as `check` is called.
const RECHECK_FIRST_MS = 100;
const RECHECK_MAXIMUM_MS = 5000;

/** Watches over the runtime: whether it answers, whether it is ready, and what ends in it. */
export class RuntimeMonitor {
  readonly #runtime: Runtime;
  readonly #context: AgentContext;
  readonly #listeners = new Set<RuntimeListener>();
  readonly #backoff: Backoff;
  #connected = false;
  #told = false;
  #problems: readonly string[] = [DOWN];
  #recheck: Disposable | undefined;

  constructor(runtime: Runtime, context: AgentContext) {
    this.#runtime = runtime;
    this.#context = context;
    this.#backoff = new Backoff({ firstMs: RECHECK_FIRST_MS, maximumMs: RECHECK_MAXIMUM_MS }, context.random);
  }

  /** The runtime answers; while it does not, there is no use in asking it. */
  get isConnected(): boolean {
    return this.#connected;
  }

  /** Why pods cannot be started, in the kubelet's words; nothing when they can. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  subscribe(listener: RuntimeListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Follows the runtime's events until the signal aborts, through its restarts. */
  async run(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff({ firstMs: 100, maximumMs: 2000, jitter: 0.2 }, this.#context.random);
    while (!isAborted(signal)) {
      try {
        for await (const event of this.#runtime.events(signal)) {
          if (event.type === 'exited') this.#tell((listener) => listener.exited?.(event.containerId));
          else {
            backoff.reset();
            this.#connected = true;
            this.#context.log.info('the container runtime is connected');
            await this.check();
            this.#tell((listener) => listener.connected?.());
          }
        }
      } catch (error) {
        // Told once: it may stay away for long.
        const level = this.#connected || !this.#told ? 'warn' : 'debug';
        this.#told = true;
        this.#context.log[level]('the container runtime does not answer', { error: describeError(error) });
      }
      this.#connected = false;
      this.#setProblems([DOWN]);
      if (!isAborted(signal)) await sleep(this.#context.clock, backoff.nextMs(), signal).catch(() => undefined);
    }
    this.#recheck?.[Symbol.dispose]();
  }

  /** Asks the runtime how it is; asks again by itself until it is well. */
  async check(): Promise<void> {
    this.#recheck?.[Symbol.dispose]();
    if (!this.#connected) return;
    try {
      this.#setProblems(problemsOf(await this.#runtime.conditions()));
    } catch (error) {
      this.#setProblems([`${DOWN}: ${describeError(error)}`]);
    }
    this.#recheck?.[Symbol.dispose]();
    if (this.#problems.length === 0) this.#backoff.reset();
    else if (this.isConnected) {
      this.#recheck = this.#context.clock.after(this.#backoff.nextMs(), () => void this.check());
    }
  }

  /** Something was done about what is missing: asks now, and often for a while. */
  async recheck(): Promise<void> {
    this.#backoff.reset();
    await this.check();
  }

  #setProblems(problems: readonly string[]): void {
    if (problems.join('\n') === this.#problems.join('\n')) return;
    this.#problems = problems;
    this.#tell((listener) => listener.problemsChanged?.());
  }

  #tell(how: (listener: RuntimeListener) => void): void {
    for (const listener of this.#listeners) how(listener);
  }
}

/** As kubelet's updateRuntimeUp words it. */
export function problemsOf(conditions: readonly RuntimeCondition[]): string[] {
  const wanted = [
    { type: 'RuntimeReady', prefix: 'container runtime not ready' },
    { type: 'NetworkReady', prefix: 'container runtime network not ready' },
  ];
  return wanted.flatMap(({ type, prefix }) => {
    const condition = conditions.find((candidate) => candidate.type === type);
    if (condition?.status) return [];
    const { reason, message } = condition ?? { reason: '', message: 'the runtime does not report it' };
    return [`${prefix}: ${type}=false reason:${reason} message:${message}`];
  });
}
