import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { parse } from 'yaml';
import { z } from 'zod';
import { BUILD } from '../../scripts/build/task.ts';
import { Connections, type Access } from './connections.ts';

const kubeconfigSchema = z.object({
  clusters: z.tuple([
    z.object({ cluster: z.object({ server: z.string(), 'certificate-authority-data': z.base64() }) }),
  ]),
  users: z.tuple([
    z.object({ user: z.object({ 'client-certificate-data': z.base64(), 'client-key-data': z.base64() }) }),
  ]),
});

/** A lone `pilothouse master`, as its users run it: a process of its own, from the bundle. */
export class MasterProcess implements AsyncDisposable {
  readonly pid: number;
  readonly access: Access;
  /** From the start of the process until /readyz was answered, in milliseconds. */
  readonly startMs: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, access: Access, startMs: number) {
    this.#child = child;
    this.pid = child.pid!;
    this.access = access;
    this.startMs = startMs;
  }

  /** `profiles` is where a CPU profile is written when it ends. */
  static async start(directory: string, profiles?: string): Promise<MasterProcess> {
    const begin = performance.now();
    const child = spawn(
      process.execPath,
      [
        ...(profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`]),
        path.join(BUILD, 'main/cli.js'),
        'master',
        '--data',
        directory,
        '--listen',
        '127.0.0.1:0',
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    try {
      await ready(child);
      const access = await readAccess(path.join(directory, 'admin.kubeconfig'));
      await using connections = await Connections.open(access, 1);
      await connections.get('/readyz');
      return new MasterProcess(child, access, performance.now() - begin);
    } catch (error) {
      child.kill();
      throw error;
    }
  }

  connect(count: number): Promise<Connections> {
    return Connections.open(this.access, count);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exited;
  }
}

/** Resolves at the line that says so; rejects when the process ends before. */
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
  const { cluster } = clusters[0];
  const { user } = users[0];
  return {
    url: cluster.server,
    ca: decode(cluster['certificate-authority-data']),
    cert: decode(user['client-certificate-data']),
    key: decode(user['client-key-data']),
  };
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
