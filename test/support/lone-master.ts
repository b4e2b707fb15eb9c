import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { realClock } from '#common/base/clock.ts';
import { HttpsClient } from '#common/client/https/client.ts';
import { ROOT } from '../../scripts/build/task.ts';
import { readAccess, type Access } from './access.ts';

export interface LoneMasterOptions {
  /** Where its data are. */
  readonly directory: string;
  /** Any free one when absent. */
  readonly port?: number;
  /** The command line's entry: its source when absent. */
  readonly program?: string;
  /** For Node.js itself. */
  readonly nodeArguments?: readonly string[];
}

type MasterProcess = ChildProcessByStdio<null, Readable, Readable>;

/** `pilothouse master`, as its users run it: a process of its own. */
export class LoneMaster implements AsyncDisposable {
  readonly pid: number;
  readonly access: Access;
  /** The path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  readonly #process: MasterProcess;

  private constructor(child: MasterProcess, access: Access, kubeconfig: string) {
    this.#process = child;
    this.pid = child.pid!;
    this.access = access;
    this.kubeconfig = kubeconfig;
  }

  /** Resolves when it says that it is ready; rejects with its words when it ends instead. */
  static async start({ directory, port = 0, program, nodeArguments }: LoneMasterOptions): Promise<LoneMaster> {
    const child = spawnMaster(['--data', directory, '--listen', `127.0.0.1:${port}`], { program, nodeArguments });
    const words = text(child.stderr);
    const output = createInterface({ input: child.stdout });
    const ready = await Promise.race([once(output, 'line'), once(child, 'exit').then(() => undefined)]);
    if (!ready) throw new Error(`The master ended with ${child.exitCode ?? child.signalCode}: ${await words}`);
    try {
      const kubeconfig = path.join(directory, 'admin.kubeconfig');
      return new LoneMaster(child, await readAccess(kubeconfig), kubeconfig);
    } catch (error) {
      child.kill();
      throw error;
    }
  }

  /** The API as the administrator; the caller's to close. */
  client(): HttpsClient {
    const { url, ...credentials } = this.access;
    return new HttpsClient({ servers: [url], userAgent: 'test', clock: realClock, credentials: () => credentials });
  }

  /** Seconds of processor time that it has used so far: unlike a clock's, no other process's work is in them. */
  async processorSeconds(): Promise<number> {
    const fields = (await readFile(`/proc/${this.pid}/stat`, 'utf8')).split(') ')[1]!.split(' ');
    // proc_pid_stat(5): utime and stime, in ticks of 10 ms.
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  /** Ends it; gives back its exit code, or the signal that ended it. */
  async end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    const { exitCode, signalCode } = this.#process;
    if (exitCode !== null || signalCode !== null) return exitCode ?? signalCode;
    const exited = once(this.#process, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    this.#process.kill(signal);
    const [code, by] = await exited;
    return code ?? by;
  }

  /** Ends it as a service manager would. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGTERM');
  }
}

export interface Refusal {
  readonly code: number | null;
  readonly stderr: string;
}

/** Runs a master that is not expected to start. */
export async function refusedMaster(args: readonly string[], language = 'en_US.UTF-8'): Promise<Refusal> {
  const child = spawnMaster(args, { environment: { LANG: language, LC_ALL: '', LC_MESSAGES: '' } });
  const stderr = text(child.stderr);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stderr: await stderr };
}

interface SpawnOptions {
  readonly program?: string | undefined;
  readonly nodeArguments?: readonly string[] | undefined;
  readonly environment?: NodeJS.ProcessEnv;
}

function spawnMaster(args: readonly string[], options: SpawnOptions): MasterProcess {
  const { program = path.join(ROOT, 'main/cli.ts'), nodeArguments = [], environment = {} } = options;
  return spawn(process.execPath, [...nodeArguments, program, 'master', ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
