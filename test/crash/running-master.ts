import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { parse } from 'yaml';
import { z } from 'zod';
import { realClock } from '#common/base/clock.ts';
import { HttpsClient } from '#common/client/https/client.ts';
import { ROOT } from '../../scripts/build/task.ts';

const base64 = z.base64().transform((encoded) => Buffer.from(encoded, 'base64').toString());
const kubeconfigSchema = z.object({
  clusters: z.tuple([z.object({ cluster: z.object({ server: z.url(), 'certificate-authority-data': base64 }) })]),
  users: z.tuple([z.object({ user: z.object({ 'client-certificate-data': base64, 'client-key-data': base64 }) })]),
});

/** `pilothouse master` in a process of its own. */
export class RunningMaster {
  readonly #process: ChildProcess;
  readonly #kubeconfig: z.output<typeof kubeconfigSchema>;

  private constructor(child: ChildProcess, kubeconfig: z.output<typeof kubeconfigSchema>) {
    this.#process = child;
    this.#kubeconfig = kubeconfig;
  }

  /** Resolves when it says that it is ready; rejects with its words when it ends instead. */
  static async start(directory: string): Promise<RunningMaster> {
    const child = spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        path.join(ROOT, 'main/cli.ts'),
        'master',
        ...['--data', directory],
        ...['--listen', '127.0.0.1:0'],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const words = text(child.stderr);
    const ready = await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(() => undefined)]);
    if (!ready) throw new Error(`The master ended with ${child.exitCode}: ${await words}`);
    const file = await readFile(path.join(directory, 'admin.kubeconfig'), 'utf8');
    return new RunningMaster(child, kubeconfigSchema.parse(parse(file)));
  }

  /** An administrator's client; the caller's to end. */
  client(): HttpsClient {
    const { cluster } = this.#kubeconfig.clusters[0];
    const { user } = this.#kubeconfig.users[0];
    const credentials = {
      ca: cluster['certificate-authority-data'],
      cert: user['client-certificate-data'],
      key: user['client-key-data'],
    };
    return new HttpsClient({
      servers: [cluster.server],
      userAgent: 'crash-test',
      clock: realClock,
      credentials: () => credentials,
    });
  }

  /** Seconds of processor time that it has used so far: unlike a clock's, no other process's work is in them. */
  async processorSeconds(): Promise<number> {
    const fields = (await readFile(`/proc/${this.#process.pid}/stat`, 'utf8')).split(') ')[1]!.split(' ');
    // proc_pid_stat(5): utime and stime, in ticks of 10 ms.
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    this.#process.kill(signal);
    await exited;
  }
}
