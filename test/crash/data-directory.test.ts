import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { secrets } from '#common/kube/resources.ts';
import { LoneMaster } from '../support/lone-master.ts';

const PASSWORD = 'correct-horse-battery-staple';
const ENCODED = Buffer.from(PASSWORD).toString('base64');

let directory = '';
let master: LoneMaster;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'pilothouse-crash-'));
  master = await LoneMaster.start({ directory });
});
afterAll(async () => {
  await master.end('SIGKILL');
  await rm(directory, { recursive: true });
});

/** The files in the directory that hold the text, by a process of its own. */
async function filesWith(text: string): Promise<string> {
  // grep exits with 1 when there are none.
  const answer = await promisify(execFile)('grep', ['-rlaF', '-e', text, directory]).catch(
    (error: unknown) => error as { code: number; stdout: string },
  );
  if ('code' in answer && answer.code !== 1) throw new Error('grep could not read the directory');
  return answer.stdout;
}

const makeSecret = async (name: string): Promise<void> => {
  await using client = master.client();
  const metadata = { name, namespace: 'default' };
  const made = await client.create(secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    stringData: { password: PASSWORD },
  });
  expect(made.data).toEqual({ password: ENCODED });
};

it('nothing on the disk tells what a Secret holds, while the master runs, after a kill and after a restart', async () => {
  await makeSecret('first');
  for (const found of [PASSWORD, ENCODED]) expect(await filesWith(found)).toBe('');
  expect(await filesWith('/registry/secrets/default/first')).toContain('store.db');
  await master.end('SIGKILL');
  for (const found of [PASSWORD, ENCODED]) expect(await filesWith(found)).toBe('');
  master = await LoneMaster.start({ directory });
  await makeSecret('second');
  await using client = master.client();
  const read = await client.get(secrets, { namespace: 'default', name: 'first' });
  expect(read.data).toEqual({ password: ENCODED });
  for (const found of [PASSWORD, ENCODED]) expect(await filesWith(found)).toBe('');
});

it('a second master in the same directory is told who is there, and the first goes on', async () => {
  const refused = LoneMaster.start({ directory });
  await expect(refused).rejects.toThrow(`ended with 2: pilothouse: Another Pilothouse is using ${directory}`);
  await makeSecret('third');
});

it('a damaged store is refused and left as it is', async () => {
  await master.end('SIGTERM');
  const store = path.join(directory, 'store.db');
  await truncate(store, 12_288);
  const damaged = await readFile(store);
  const refused = LoneMaster.start({ directory });
  await expect(refused).rejects.toThrow(`The state of the cluster in ${directory} is damaged`);
  expect(await readFile(store)).toEqual(damaged);
});
