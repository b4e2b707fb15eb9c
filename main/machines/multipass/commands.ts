import { isIPv4 } from 'node:net';
import type { z } from 'zod';
import type { Progress } from '../provider.ts';
import { requireExecutable } from './executable.ts';
import { classify, isFailure, MultipassFailure } from './failure.ts';
import type { MultipassHost } from './host.ts';
import { infoSchema, listSchema, parseOutput, versionSchema } from './output.ts';
import type { Timings } from './timings.ts';
import { runClient, type ClientOptions, type ClientResult } from './run-client.ts';

/** As `list` and `info` write them. Any other text is one that this version does not know. */
const STATES = [
  'Running',
  'Stopped',
  'Deleted',
  'Starting',
  'Restarting',
  'Delayed Shutdown',
  'Suspending',
  'Suspended',
  'Unknown',
] as const;
export type InstanceState = (typeof STATES)[number];

export interface InstanceInfo {
  readonly state: InstanceState;
  /** All addresses that the guest has, the one of its link to this host first where that is known. */
  readonly addresses: readonly string[];
  /** Zero while it does not run. */
  readonly cpus: number;
  readonly memoryBytes: number;
}

export interface LaunchOptions {
  readonly image: string;
  readonly name: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  /** cloud-config YAML. It goes by standard input: the confined client cannot read files of ours. */
  readonly userData: string;
}

const MIB = 2 ** 20;
/** The longest that the daemon waits for SSH, and once more for cloud-init: its own limits are too short for slow links. */
const LAUNCH_TIMEOUT_S = 1_800;
const START_TIMEOUT_S = 600;

/**
 * The commands of the client that we need, each with a limit of its own. They fail with `MultipassFailure`, with
 * `multipass-missing`, with `multipass-output-unreadable`, or with AbortError; what changes something may have
 * done so even if it failed.
 */
export class MultipassCommands {
  readonly #host: MultipassHost;

  constructor(host: MultipassHost) {
    this.#host = host;
  }

  /** The cheapest question: it is answered even without a daemon, whose version is then missing. */
  async version(signal?: AbortSignal): Promise<{ client: string; daemon: string | undefined }> {
    const { multipass, multipassd } = await this.#json(
      ['version', '--format', 'json'],
      versionSchema,
      this.#timings.answerMs,
      signal,
    );
    return { client: multipass, daemon: multipassd };
  }

  async driver(signal?: AbortSignal): Promise<string> {
    return (
      await this.#run(['get', 'local.driver'], { limitMs: this.#timings.answerMs, ...pass(signal) })
    ).stdout.trim();
  }

  /** Of no interest but for its failure: it tells when the hypervisor is not fit. */
  async networks(signal?: AbortSignal): Promise<void> {
    await this.#run(['networks', '--format', 'json'], { limitMs: this.#timings.answerMs, ...pass(signal) });
  }

  /** The states of all instances of this user, by name. */
  async states(signal?: AbortSignal): Promise<ReadonlyMap<string, InstanceState>> {
    const args = ['list', '--no-ipv4', '--format', 'json'];
    const { list } = await this.#json(args, listSchema, this.#timings.answerMs, signal);
    return new Map(list.map(({ name, state }) => [name, knownState(state)]));
  }

  async info(name: string, signal?: AbortSignal): Promise<InstanceInfo | undefined> {
    try {
      const { info } = await this.#json(
        ['info', name, '--format', 'json'],
        infoSchema,
        this.#timings.guestMs,
        signal,
        name,
      );
      const found = info[name];
      if (!found) return undefined;
      return {
        state: knownState(found.state),
        // Older versions write "N/A" where they know none.
        addresses: found.ipv4.filter((address) => isIPv4(address)),
        cpus: found.cpu_count,
        memoryBytes: found.memory.total ?? 0,
      };
    } catch (error) {
      if (isFailure(error, 'not-found')) return undefined;
      throw error;
    }
  }

  async launch(options: LaunchOptions, onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<void> {
    const { image, name, cpus, userData } = options;
    const size = ['-c', `${cpus}`, '-m', mebibytes(options.memoryBytes), '-d', mebibytes(options.diskBytes)];
    const args = ['launch', image, '-n', name, ...size, '--cloud-init', '-', '--timeout', `${LAUNCH_TIMEOUT_S}`];
    const { launchMs: limitMs, launchSilenceMs: silenceMs } = this.#timings;
    await this.#run(args, { input: userData, limitMs, silenceMs, onProgress, signal }, name);
  }

  async start(name: string, signal: AbortSignal): Promise<void> {
    await this.#change(['start', name, '--timeout', `${START_TIMEOUT_S}`], this.#timings.startMs, name, signal);
  }

  async stop(name: string, signal: AbortSignal): Promise<void> {
    await this.#change(['stop', name], this.#timings.stopMs, name, signal);
  }

  async forceStop(name: string, signal: AbortSignal): Promise<void> {
    await this.#change(['stop', '--force', name], this.#timings.forceStopMs, name, signal);
  }

  /** Removes this one for good. The command `purge` would remove whatever the user has deleted. */
  async purge(name: string, signal: AbortSignal): Promise<void> {
    await this.#change(['delete', '--purge', name], this.#timings.purgeMs, name, signal);
  }

  /** A small file of a running instance; undefined when it cannot be read. */
  async readFile(name: string, file: string, signal: AbortSignal): Promise<string | undefined> {
    const args = ['exec', name, '-n', '--', 'cat', file];
    const result = await this.#client(args, { limitMs: this.#timings.guestMs, signal });
    return result.exitCode === 0 ? result.stdout : undefined;
  }

  get #timings(): Timings {
    return this.#host.timings;
  }

  async #json<S extends z.ZodType>(
    args: readonly string[],
    schema: S,
    limitMs: number,
    signal: AbortSignal | undefined,
    name?: string,
  ): Promise<z.output<S>> {
    return parseOutput(await this.#run(args, { limitMs, ...pass(signal) }, name), schema);
  }

  async #change(args: readonly string[], limitMs: number, name: string, signal: AbortSignal): Promise<void> {
    await this.#run(args, { limitMs, signal, onProgress: () => undefined }, name);
  }

  async #run(args: readonly string[], options: ClientOptions, name?: string): Promise<ClientResult> {
    const result = await this.#client(args, options);
    const { command, exitCode, stderr, lines } = result;
    if (exitCode === undefined) throw new MultipassFailure('silent', command, lines);
    if (exitCode !== 0) throw new MultipassFailure(classify(exitCode, stderr, name), command, lines);
    return result;
  }

  async #client(args: readonly string[], options: ClientOptions): Promise<ClientResult> {
    return runClient(await requireExecutable(this.#host), args, this.#host.clock, options);
  }
}

function pass(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

function knownState(text: string): InstanceState {
  return STATES.find((state) => state === text) ?? 'Unknown';
}

/** Whole: the client takes no decimals without a unit, and no unit above G. */
function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / MIB)}M`;
}
