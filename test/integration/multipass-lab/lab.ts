import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { realClock } from '#common/base/clock.ts';
import { secureRandom } from '#common/base/random.ts';
import type { AppError } from '#common/base/app-error.ts';
import type { ClusterId } from '#common/contract/cluster.ts';
import { ClusterNodes } from '../../../main/clusters/cluster-nodes.ts';
import { Journal } from '../../../main/clusters/journal.ts';
import { Operation } from '../../../main/clusters/operation.ts';
import { createPlan } from '../../../main/clusters/plans.ts';
import type { ClusterRecord } from '../../../main/clusters/record.ts';
import { generateSshKeyPair } from '../../../main/install/ssh-key.ts';
import { multipassProvider } from '../../../main/machines/multipass/provider.ts';
import { usualTimings, type Timings } from '../../../main/machines/multipass/timings.ts';
import type { MachineName, MachineProvider, Progress } from '../../../main/machines/provider.ts';
import type { SettingsInput } from '../../standins/multipass/settings.ts';
import { MultipassStandin } from '../../standins/multipass/standin.ts';

export const CLUSTER = 'labcluster' as ClusterId;
const GIB = 2 ** 30;

/** Nobody waits for long for what is known not to come. */
const QUICK: Timings = { ...usualTimings, preparationMs: 0, adoptMs: 0, lookAgainMs: 20, downloadPausesMs: [10, 10] };

/** The provider on a stand-in of Multipass, and a cluster's journal on disk. */
export class MultipassLab implements AsyncDisposable {
  readonly standin: MultipassStandin;
  readonly directory: string;
  readonly provider: MachineProvider;
  readonly signal = new AbortController().signal;

  private constructor(standin: MultipassStandin, directory: string, timings: Partial<Timings>) {
    this.standin = standin;
    this.directory = directory;
    this.provider = this.newProvider(timings);
  }

  static async open(settings: SettingsInput = {}, timings: Partial<Timings> = {}): Promise<MultipassLab> {
    const directory = await mkdtemp(path.join(tmpdir(), 'multipass-lab-'));
    return new MultipassLab(await MultipassStandin.open(settings), directory, timings);
  }

  /** As another run of the app has it. */
  newProvider(timings: Partial<Timings> = {}, executable = this.standin.executable): MachineProvider {
    return multipassProvider({
      stateDirectory: path.join(this.directory, 'state'),
      executable,
      timings: { ...QUICK, ...timings },
      clock: realClock,
      random: secureRandom,
    });
  }

  name(node: string): MachineName {
    return `${CLUSTER}-${node}` as MachineName;
  }

  /**
   * Makes the machines of a cluster as the app does, with its journal: the beginning of a create, or what is left
   * of it to do. Gives the error that a user would see.
   */
  async create(
    nodes: readonly string[],
    { provider = this.provider, signal = this.signal, heard = [] as Progress[] } = {},
  ): Promise<AppError | undefined> {
    const cluster = new ClusterNodes(
      () => record(nodes),
      provider,
      generateSshKeyPair(),
      () => undefined,
    );
    const prepare = async (report: (progress: Progress) => void, ending: AbortSignal): Promise<void> => {
      await provider.prepare(CLUSTER, report, ending);
    };
    const plan = createPlan(prepare, cluster, () => Promise.reject(new Error('no machine is logged in to here')));
    const journal = new Journal(this.directory);
    const operation = new Operation(
      {
        kind: 'create',
        steps: plan.slice(0, 2),
        nodes,
        journal,
        clock: realClock,
        onProgress: ({ steps }) => {
          for (const { line } of steps) if (line !== undefined) heard.push({ line });
        },
      },
      await journal.lastOperation('create'),
    );
    return operation.run(signal).then(
      () => undefined,
      (error: unknown) => error as AppError,
    );
  }

  /** `step event` of every entry, such as `machines failed`. */
  async journal(): Promise<string[]> {
    const text = await readFile(path.join(this.directory, 'journal.jsonl'), 'utf8');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { step?: string; event: string })
      .map(({ step, event }) => (step === undefined ? event : `${step} ${event}`));
  }

  /** How often the client was run with this command. */
  async count(command: string): Promise<number> {
    return (await this.standin.calls()).filter(([name]) => name === command).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.standin[Symbol.asyncDispose]();
    await rm(this.directory, { recursive: true, force: true });
  }
}

function record(nodes: readonly string[]): ClusterRecord {
  return {
    format: 1,
    id: CLUSTER,
    name: 'lab',
    provider: 'multipass',
    createdAt: 0,
    podRange: '10.244.0.0/16',
    serviceRange: '10.96.0.0/16',
    apiPort: 16443,
    nodes: nodes.map((name) => ({ name, cpus: 1, memoryBytes: GIB, diskBytes: 8 * GIB, stopped: false })),
    stopped: false,
    unfinished: 'create',
  };
}
