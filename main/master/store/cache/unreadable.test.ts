import { expect, it } from 'vitest';
import { realClock } from '#common/base/clock.ts';
import { secureRandom } from '#common/base/random.ts';
import { EncryptedStore } from '../encryption/encrypted-store.ts';
import { ValueCipher } from '../encryption/value-cipher.ts';
import { MemoryStore } from '../memory/memory-store.ts';
import { UnreadableValueError } from '../store.ts';
import { typePrefix } from './cached-object.ts';
import { Collection } from './collection.ts';

const PREFIX = typePrefix('v1', 'Secret');
const json = (name: string): Buffer => Buffer.from(`${PREFIX}"name":"${name}"}}`);
const cipher = (): ValueCipher => new ValueCipher([{ name: 'k', secret: secureRandom.bytes(32) }], secureRandom);

it('holds objects that cannot be opened: whoever reads one hears why, and all others are served', async () => {
  await using below = new MemoryStore(realClock);
  await new EncryptedStore(below, cipher(), ['/s/']).write({ key: '/s/lost', value: json('lost') });
  const store = new EncryptedStore(below, cipher(), ['/s/']);
  await store.write({ key: '/s/mine', value: json('mine') });
  using collection = await Collection.load(store, '/s/', PREFIX);
  expect(collection.get('mine')?.value.metadata.name).toBe('mine');
  expect(collection.size).toBe(2);
  const lost = collection.get('lost');
  for (const read of [() => lost?.bytes, () => lost?.value, () => lost?.itemBytes]) {
    expect(read).toThrow(UnreadableValueError);
    expect(read).toThrow('unable to transform key "/s/lost"');
  }
});
