import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { BUILD } from '../../scripts/build/task.ts';
import { LoneMaster } from '../support/lone-master.ts';
import { Connections } from './connections.ts';

/** The master that is measured: from the bundle, as it is shipped. */
export class MasterProcess implements AsyncDisposable {
  readonly pid: number;
  /** From the start of the process until /readyz was answered, in milliseconds. */
  readonly startMs: number;
  readonly #master: LoneMaster;

  private constructor(master: LoneMaster, startMs: number) {
    this.#master = master;
    this.pid = master.pid;
    this.startMs = startMs;
  }

  /** `profiles` is where a CPU profile is written when it ends. */
  static async start(directory: string, profiles?: string): Promise<MasterProcess> {
    const begin = performance.now();
    const master = await LoneMaster.start({
      directory,
      program: path.join(BUILD, 'main/cli.js'),
      nodeArguments: profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`],
    });
    await using connections = await Connections.open(master.access, 1);
    await connections.get('/readyz');
    return new MasterProcess(master, performance.now() - begin);
  }

  connect(count: number): Promise<Connections> {
    return Connections.open(this.#master.access, count);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#master[Symbol.asyncDispose]();
  }
}
