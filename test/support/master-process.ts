import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parse } from 'yaml';
import { z } from 'zod';
import { ROOT } from '../../scripts/build/task.ts';

/** How an administrator reaches a master; PEM but for the URL. */
export interface Access {
  readonly url: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface LoneMasterOptions {
  readonly directory: string;
  /** Any free one when absent. */
  readonly port?: number;
  /** The command line's entry: its source when absent. */
  readonly program?: string;
  /** For Node.js itself. */
  readonly nodeArguments?: readonly string[];
}

const base64Text = z.base64().transform((text) => Buffer.from(text, 'base64').toString('utf8'));
const kubeconfigSchema = z.object({
  clusters: z.tuple([
    z.object({ cluster: z.object({ server: z.string(), 'certificate-authority-data': base64Text }) }),
  ]),
  users: z.tuple([
    z.object({ user: z.object({ 'client-certificate-data': base64Text, 'client-key-data': base64Text }) }),
  ]),
});

/** `pilothouse master`, as its users run it: a process of its own. */
export class LoneMaster implements AsyncDisposable {
  readonly pid: number;
  readonly access: Access;
  /** The path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, access: Access, kubeconfig: string) {
    this.#child = child;
    this.pid = child.pid!;
    this.access = access;
    this.kubeconfig = kubeconfig;
  }

  /** Resolves when it says that it is ready. */
  static async start(options: LoneMasterOptions): Promise<LoneMaster> {
    const { directory, port = 0, program = path.join(ROOT, 'main/cli.ts'), nodeArguments = [] } = options;
    const child = spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        ...nodeArguments,
        program,
        'master',
        '--data',
        directory,
        '--listen',
        `127.0.0.1:${port}`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    try {
      await ready(child);
      const kubeconfig = path.join(directory, 'admin.kubeconfig');
      return new LoneMaster(child, await readAccess(kubeconfig), kubeconfig);
    } catch (error) {
      child.kill();
      throw error;
    }
  }

  /** Ends it as a service manager would. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exited;
  }
}

/** Rejects when the process ends before it says so. */
async function ready(child: ChildProcess): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`The master ended with exit code ${code ?? 'none'}`)));
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (line.startsWith('ready ')) resolve();
    });
  });
}

async function readAccess(file: string): Promise<Access> {
  const { clusters, users } = kubeconfigSchema.parse(parse(await readFile(file, 'utf8')));
  const [{ cluster }] = clusters;
  const [{ user }] = users;
  return {
    url: cluster.server,
    ca: cluster['certificate-authority-data'],
    cert: user['client-certificate-data'],
    key: user['client-key-data'],
  };
}
