import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../config.ts';
import { CommandError, runCommand } from './command.ts';
import { readFileIfPresent, writeFileAtomically } from './files.ts';
import { Semaphore } from './semaphore.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'agent-'));
});

afterEach(() => rm(directory, { recursive: true }));

describe('a command', () => {
  it('gets its arguments as they are, and its input', async () => {
    expect(await runCommand('printf', ['%s|', 'a b', '$(id)', ''])).toBe('a b|$(id)||');
    expect(await runCommand('cat', [], { input: 'text' })).toBe('text');
  });

  it('tells why it failed', async () => {
    const failure = await runCommand('cat', [path.join(directory, 'none')]).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CommandError);
    expect(failure).toMatchObject({ exitCode: 1, message: expect.stringContaining('No such file') as string });
    await expect(runCommand('no-such-program', [])).rejects.toMatchObject({ exitCode: undefined });
  });

  it('does not mind input that nobody reads', async () => {
    expect(await runCommand('true', [], { input: 'x'.repeat(1 << 20) })).toBe('');
  });
});

describe('a file', () => {
  it('is replaced as a whole, with its mode whatever the mask', async () => {
    const file = path.join(directory, 'a/b');
    const mask = process.umask(0o077);
    try {
      await writeFileAtomically(file, 'one', 0o644);
      await writeFileAtomically(file, 'two', 0o600);
      await writeFileAtomically(file, 'two', 0o644);
    } finally {
      process.umask(mask);
    }
    expect(await readFile(file, 'utf8')).toBe('two');
    expect((await stat(file)).mode & 0o777).toBe(0o644);
    expect(await readdir(path.dirname(file))).toEqual(['b']);
  });

  it('may be missing', async () => {
    expect(await readFileIfPresent(path.join(directory, 'none'))).toBeUndefined();
    await expect(readFileIfPresent(directory)).rejects.toThrow('EISDIR');
  });
});

describe('a semaphore', () => {
  it('lets so many in and no more, in order, and survives failures', async () => {
    const semaphore = new Semaphore(2);
    const order: string[] = [];
    const gates = new Map(['a', 'b', 'c', 'd'].map((name) => [name, Promise.withResolvers<void>()]));
    const tasks = [...gates].map(([name, gate]) =>
      semaphore
        .run(async () => {
          order.push(`${name} in`);
          await gate.promise;
          order.push(`${name} out`);
        })
        .catch(() => undefined),
    );
    await Promise.resolve();
    expect(order).toEqual(['a in', 'b in']);
    gates.get('b')?.reject(new Error('no'));
    gates.get('c')?.resolve();
    await tasks[2];
    expect(order.slice(2)).toEqual(['c in', 'c out', 'd in']);
    gates.get('a')?.resolve();
    gates.get('d')?.resolve();
    await Promise.all(tasks);
  });
});

describe('the configuration', () => {
  const file = () => path.join(directory, 'agent.json');
  const good = {
    nodeName: 'node-1',
    nodeAddress: '10.89.0.11',
    certificateAuthority: '/etc/pilothouse/ca.crt',
    bootstrapTokenFile: '/etc/pilothouse/token',
    podRange: '10.244.0.0/16',
    serviceRange: '10.96.0.0/16',
    clusterDns: '10.96.0.10',
    capacity: { cpus: 2, memoryBytes: 2 ** 31 },
  };

  it('is read with its defaults', async () => {
    await writeFile(file(), JSON.stringify(good));
    expect(await readConfig(file())).toMatchObject({
      kubeletPort: 10250,
      stateDirectory: '/var/lib/pilothouse',
      capacity: { cpus: 2, pods: 110 },
    });
  });

  it('says what is wrong with it', async () => {
    await writeFile(file(), JSON.stringify({ ...good, nodeAddress: 'here', colour: 'blue' }));
    await expect(readConfig(file())).rejects.toThrow(/nodeAddress[^]*|colour/);
    await writeFile(file(), '{"nodeName":');
    await expect(readConfig(file())).rejects.toThrow(`${file()} is not JSON`);
    await expect(readConfig(path.join(directory, 'none'))).rejects.toThrow('ENOENT');
  });
});
