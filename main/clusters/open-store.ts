import path from 'node:path';
import type { Clock } from '#common/base/clock.ts';
import type { Log } from '#common/base/log.ts';
import type { Random } from '#common/base/random.ts';
import { EncryptedStore } from '../master/store/encryption/encrypted-store.ts';
import { ValueCipher, type EncryptionKey } from '../master/store/encryption/value-cipher.ts';
import { MemoryStore } from '../master/store/memory/memory-store.ts';
import { SqliteStore } from '../master/store/sqlite/sqlite-store.ts';
import type { Store } from '../master/store/store.ts';
import { readEncryptionKeys } from './encryption-keys.ts';

export interface StoreHome {
  readonly directory: string;
  readonly store: 'sqlite' | 'memory';
  /** What Secrets are encrypted with, the first for writing. Absent: the directory holds its own. */
  readonly encryptionKeys?: readonly EncryptionKey[];
}

const ENCRYPTED_PREFIXES = ['/registry/secrets/'];

/** The store of a data directory, which belongs to this process until it is closed; Secrets are encrypted in it. */
export async function openStore(
  home: StoreHome,
  { clock, random, log }: { readonly clock: Clock; readonly random: Random; readonly log: Log },
): Promise<Store> {
  if (home.store === 'memory') return new MemoryStore(clock);
  // First of all: it is what keeps other processes out of the directory.
  const below = SqliteStore.open(path.join(home.directory, 'store.db'), clock);
  try {
    const keys = home.encryptionKeys ?? (await readEncryptionKeys(home.directory, random));
    const store = new EncryptedStore(below, new ValueCipher(keys, random), ENCRYPTED_PREFIXES);
    const { rewritten, unreadable } = await store.reseal();
    if (rewritten > 0) log.info('secrets encrypted anew', { rewritten });
    for (const { message } of unreadable) log.error('a value cannot be read', { error: message });
    return store;
  } catch (error) {
    await below[Symbol.asyncDispose]();
    throw error;
  }
}
