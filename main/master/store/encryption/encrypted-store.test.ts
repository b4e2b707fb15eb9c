import { describe, expect, it } from 'vitest';
import { realClock } from '#common/base/clock.ts';
import { secureRandom } from '#common/base/random.ts';
import { MemoryStore } from '../memory/memory-store.ts';
import { describeStore } from '../store-suite.ts';
import { CompactedError, UnreadableValueError, type Store, type StoreChange } from '../store.ts';
import { EncryptedStore } from './encrypted-store.ts';
import { ValueCipher, type EncryptionKey } from './value-cipher.ts';

const newKey = (name: string): EncryptionKey => ({ name, secret: secureRandom.bytes(32) });
const one = newKey('one');
const two = newKey('two');

const encrypted = (below: Store, keys: readonly EncryptionKey[]): EncryptedStore =>
  new EncryptedStore(below, new ValueCipher(keys, secureRandom), ['/secrets/']);

describeStore(
  'a store with every value encrypted',
  (clock) => new EncryptedStore(new MemoryStore(clock), new ValueCipher([one], secureRandom), ['/']),
);

describe('an encrypted store', () => {
  it('lets nothing of a value under its prefixes through, and leaves the others as they are', async () => {
    await using below = new MemoryStore(realClock);
    const store = encrypted(below, [one]);
    const value = Buffer.from('{"data":"hunter2"}');
    await store.write({ key: '/secrets/a', value });
    await store.write({ key: '/others/a', value });
    const sealed = (await below.get('/secrets/a'))?.value.toString('latin1');
    expect(sealed).toMatch(/^k8s:enc:aesgcm:v1:one:/);
    expect(sealed).not.toContain('hunter2');
    expect((await below.get('/others/a'))?.value).toEqual(value);
    expect((await store.get('/secrets/a'))?.value).toEqual(value);
    expect((await store.list('/')).values.map((entry) => entry.value)).toEqual([value, value]);
  });

  it('seals the same value differently each time', async () => {
    await using below = new MemoryStore(realClock);
    const store = encrypted(below, [one]);
    const sealed: (Buffer | undefined)[] = [];
    for (const key of ['/secrets/a', '/secrets/a', '/secrets/b']) {
      await store.write({ key, value: Buffer.from('{}') });
      sealed.push((await below.get(key))?.value);
    }
    expect(new Set(sealed.map((value) => value?.toString('hex'))).size).toBe(3);
  });

  it('rotates: a new key first in the list, everything written anew, the old one dropped', async () => {
    await using below = new MemoryStore(realClock);
    await below.write({ key: '/secrets/plain', value: Buffer.from('{"from":"before"}') });
    const old = encrypted(below, [one]);
    await old.write({ key: '/secrets/a', value: Buffer.from('{"a":1}') });
    expect(await old.reseal()).toEqual({ rewritten: 1, unreadable: [] });
    expect(await encrypted(below, [two, one]).reseal()).toEqual({ rewritten: 2, unreadable: [] });

    const store = encrypted(below, [two]);
    expect(await store.reseal()).toEqual({ rewritten: 0, unreadable: [] });
    expect((await store.list('/secrets/')).values.map(({ value }) => value.toString())).toEqual([
      '{"a":1}',
      '{"from":"before"}',
    ]);
    // Nothing that only the old key opens is left, not even in history.
    expect(() => store.watch('/', store.revision - 1, () => {})).toThrow(CompactedError);
  });

  it('names the key of a value that cannot be opened, and reads all others', async () => {
    await using below = new MemoryStore(realClock);
    await encrypted(below, [one]).write({ key: '/secrets/lost', value: Buffer.from('{}') });
    const store = encrypted(below, [two]);
    await store.write({ key: '/secrets/mine', value: Buffer.from('{"mine":1}') });
    const seen: StoreChange[] = [];
    using _watch = store.watch('/', 0, (changes) => seen.push(...changes));

    const words = 'unable to transform key "/secrets/lost": the encryption key "one" is missing';
    const lost = await store.get('/secrets/lost');
    expect(() => lost?.value).toThrow(UnreadableValueError);
    expect(() => lost?.value).toThrow(words);
    const listed = (await store.list('/secrets/')).values;
    expect(listed.map(({ key }) => key)).toEqual(['/secrets/lost', '/secrets/mine']);
    expect(listed[1]?.value.toString()).toBe('{"mine":1}');
    expect(() => seen[0]?.current?.value).toThrow(words);
    expect(seen[1]?.current?.value.toString()).toBe('{"mine":1}');
    expect((await store.reseal()).unreadable.map(({ message }) => message)).toEqual([words]);
    // It can still be replaced and deleted.
    expect(await store.write({ key: '/secrets/lost', value: undefined, expect: 1 })).toMatchObject({ written: true });
  });

  it('does not open what was changed, cut off, moved to another key, or encrypted in another way', async () => {
    await using below = new MemoryStore(realClock);
    const store = encrypted(below, [one]);
    await store.write({ key: '/secrets/a', value: Buffer.from('{"a":1}') });
    const sealed = (await below.get('/secrets/a'))!.value;
    const flipped = Buffer.from(sealed);
    flipped[flipped.length - 20]! ^= 1;
    const forged: [string, Buffer, string][] = [
      ['/secrets/flipped', flipped, 'is not what was encrypted'],
      ['/secrets/moved', sealed, 'is not what was encrypted'],
      ['/secrets/cut', sealed.subarray(0, 30), 'the value is cut off'],
      ['/secrets/other', Buffer.from('k8s:enc:kms:v2:x:y'), 'in a way that is not known here'],
    ];
    for (const [key, value, words] of forged) {
      await below.write({ key, value });
      const found = await store.get(key);
      expect(() => found?.value).toThrow(words);
      expect(() => found?.value).toThrow(`"${key}"`);
    }
  });
});
