import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { realClock } from '#common/base/clock.ts';
import { HttpsClient } from '#common/client/https/client.ts';
import { ROOT } from '../../scripts/build/task.ts';

const base64 = z.string().transform((text) => Buffer.from(text, 'base64').toString('utf8'));
const kubeconfigSchema = z.object({
  clusters: z.array(z.object({ cluster: z.object({ server: z.url(), 'certificate-authority-data': base64 }) })).min(1),
  users: z.array(z.object({ user: z.object({ 'client-certificate-data': base64, 'client-key-data': base64 }) })).min(1),
});

/** `pilothouse master` as a process of its own, run from its source. */
export class LoneMaster {
  readonly data: string;
  readonly url: string;
  readonly #process: ChildProcess;

  private constructor(data: string, url: string, child: ChildProcess) {
    this.data = data;
    this.url = url;
    this.#process = child;
  }

  /** Resolves when it says that it is ready. */
  static async start(data: string): Promise<LoneMaster> {
    const child = spawnMaster(['--data', data, '--listen', '127.0.0.1:0']);
    let printed = '';
    const collect = (chunk: Buffer): void => void (printed += chunk.toString());
    child.stderr!.on('data', collect);
    const url = await new Promise<string>((resolve, reject) => {
      child.stdout!.on('data', (chunk: Buffer) => {
        collect(chunk);
        const found = /^ready (https:\S+)$/m.exec(printed)?.[1];
        if (found !== undefined) resolve(found);
      });
      child.once('exit', (code) => reject(new Error(`The master ended with ${code}: ${printed}`)));
    });
    return new LoneMaster(data, url, child);
  }

  get kubeconfig(): string {
    return path.join(this.data, 'admin.kubeconfig');
  }

  /** The API as the person of the kubeconfig. Closed by whoever asked. */
  async client(): Promise<HttpsClient> {
    const config = kubeconfigSchema.parse(parse(await readFile(this.kubeconfig, 'utf8')));
    const { cluster } = config.clusters[0]!;
    const { user } = config.users[0]!;
    const credentials = {
      ca: cluster['certificate-authority-data'],
      cert: user['client-certificate-data'],
      key: user['client-key-data'],
    };
    return new HttpsClient({
      servers: [cluster.server],
      userAgent: 'test',
      clock: realClock,
      credentials: () => credentials,
    });
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
}

export interface Refusal {
  readonly code: number | null;
  readonly stderr: string;
}

/** Runs a master that is not expected to start. */
export async function refusedMaster(args: readonly string[], language = 'en_US.UTF-8'): Promise<Refusal> {
  const child = spawnMaster(args, { LANG: language, LC_ALL: '', LC_MESSAGES: '' });
  let stderr = '';
  child.stderr!.on('data', (chunk: Buffer) => void (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stderr };
}

function spawnMaster(args: readonly string[], environment: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, [path.join(ROOT, 'main/cli.ts'), 'master', ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
