import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { MachineName } from '../provider.ts';
import { ClusterFiles, readMachineRecord, writeRecord } from './state-files.ts';

let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'state-files-'));
  file = path.join(directory, 'machine.json');
});
afterEach(() => rm(directory, { recursive: true }));

const record = {
  hostname: 'one',
  address: '10.89.0.11',
  cpus: 1,
  memoryBytes: 2 ** 30,
  hostKeys: ['ecdsa-sha2-nistp256 AAAA one'],
};

test('what was written is read again, only its owner may read it, and nothing else is left', async () => {
  await writeRecord(file, record);
  expect(await readMachineRecord(file)).toEqual(record);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readdir(directory)).toEqual(['machine.json']);
});

test('no file is no record, and a damaged one is an error', async () => {
  expect(await readMachineRecord(file)).toBeUndefined();
  for (const text of ['', '{"hostname": "one"', JSON.stringify({ ...record, address: 'elsewhere' })]) {
    await writeFile(file, text);
    await expect(readMachineRecord(file)).rejects.toThrow();
  }
});

test.each(['../other', 'a/b', '', '.hidden', 'Big', 'a'.repeat(64)])('%j names neither cluster nor machine', (name) => {
  expect(() => new ClusterFiles(directory, name)).toThrow('not a cluster id');
  expect(() => new ClusterFiles(directory, 'abc').machine(name as MachineName)).toThrow('not a machine name');
});
