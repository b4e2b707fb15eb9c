import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AppError } from '#common/base/app-error.ts';
import { realClock } from '#common/base/clock.ts';
import { silentLog } from '#common/base/log.ts';
import { secureRandom } from '#common/base/random.ts';
import { SqliteStore } from '../master/store/sqlite/sqlite-store.ts';
import type { Store } from '../master/store/store.ts';
import { openStore } from './open-store.ts';

const KEY = '/registry/secrets/default/token';
const SECRET = '{"data":{"password":"c3VwZXItc2VjcmV0LXZhbHVl"}}';

describe('the store of a data directory', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'pilothouse-data-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const open = (): Promise<Store> =>
    openStore({ directory, store: 'sqlite' }, { clock: realClock, random: secureRandom, log: silentLog });
  const keysFile = (): string => path.join(directory, 'encryption-keys.json');
  // From another process: closing a store's file in this one would drop its lock.
  const files = (): string =>
    execFileSync('grep', ['-rlac', '', directory], { encoding: 'utf8' }).trim().split('\n').sort().join(' ');
  const filesWith = (text: string): string => {
    try {
      return execFileSync('grep', ['-rlaF', text, directory], { encoding: 'utf8' });
    } catch {
      return '';
    }
  };

  it('holds no Secret in the clear: not in the file, not in its log, not in what was there before', async () => {
    {
      await using before = SqliteStore.open(path.join(directory, 'store.db'), realClock);
      await before.write({ key: KEY, value: Buffer.from(SECRET) });
      expect(filesWith('c3VwZXI')).not.toBe('');
    }
    await using store = await open();
    expect(files()).toContain('store.db');
    expect(filesWith('c3VwZXI')).toBe('');
    await store.write({ key: `${KEY}-2`, value: Buffer.from(SECRET) });
    await store.write({ key: '/registry/configmaps/a', value: Buffer.from('{"data":"seen"}') });
    expect(filesWith('c3VwZXI')).toBe('');
    expect(filesWith('"seen"')).toContain('store.db');
    expect((await store.get(KEY))?.value.toString()).toBe(SECRET);
  });

  it('makes its key once, for its owner alone, and opens with it again', async () => {
    {
      await using store = await open();
      await store.write({ key: KEY, value: Buffer.from(SECRET) });
    }
    const made = await readFile(keysFile(), 'utf8');
    expect((await stat(keysFile())).mode & 0o777).toBe(0o600);
    expect((await stat(path.join(directory, 'store.db'))).mode & 0o777).toBe(0o600);
    await using again = await open();
    expect(await readFile(keysFile(), 'utf8')).toBe(made);
    expect((await again.get(KEY))?.value.toString()).toBe(SECRET);
    await expect(open()).rejects.toThrow('open in another process');
  });

  it('takes keys that it is given, and then leaves none beside the store', async () => {
    const keys = [{ name: 'given', secret: secureRandom.bytes(32) }];
    await using store = await openStore(
      { directory, store: 'sqlite', encryptionKeys: keys },
      { clock: realClock, random: secureRandom, log: silentLog },
    );
    await store.write({ key: KEY, value: Buffer.from(SECRET) });
    expect(filesWith('aesgcm:v1:given:')).toContain('store.db');
    await expect(stat(keysFile())).rejects.toThrow('ENOENT');
  });

  it('refuses keys that it cannot read, quotes none of them, and makes no others in their place', async () => {
    await (await open())[Symbol.asyncDispose]();
    const secret = Buffer.alloc(32, 7).toString('base64');
    const good = { name: 'a', secret };
    for (const [content, words] of [
      [secret, 'it is not JSON'],
      [JSON.stringify({ keys: [] }), 'Too small'],
      [JSON.stringify({ keys: [{ name: 'a', secret: 'AAAA' }] }), 'a secret has 32 bytes'],
      [JSON.stringify({ keys: [good, good] }), 'a name is used twice'],
      [JSON.stringify({ keys: [{ name: 'a:b', secret }] }), 'must match pattern'],
    ] as const) {
      await writeFile(keysFile(), content);
      const error: unknown = await open().catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'encryption-keys-unreadable' });
      const message = String((error as AppError).params['message']);
      expect(message).toContain(words);
      expect(message).not.toContain(secret.slice(0, 8));
      expect(await readFile(keysFile(), 'utf8')).toBe(content);
    }
  });
});
