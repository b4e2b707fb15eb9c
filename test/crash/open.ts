import { realClock } from '#common/base/clock.ts';
import { secureRandom } from '#common/base/random.ts';
import { EncryptedStore } from '../../main/master/store/encryption/encrypted-store.ts';
import { ValueCipher } from '../../main/master/store/encryption/value-cipher.ts';
import { SqliteStore } from '../../main/master/store/sqlite/sqlite-store.ts';

const KEY = { name: 'crash', secret: Buffer.alloc(32, 'crash') };

/** The store as a master has it: SQLite, with encryption in front of one prefix. */
export function openCrashStore(file: string): EncryptedStore {
  return new EncryptedStore(SqliteStore.open(file, realClock), new ValueCipher([KEY], secureRandom), ['/secrets/']);
}
