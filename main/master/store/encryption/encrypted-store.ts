import {
  UnreadableValueError,
  type ListValues,
  type Revision,
  type Store,
  type StoreChange,
  type StoredValue,
  type ValuePage,
  type Write,
  type WriteOutcome,
} from '../store.ts';
import type { ValueCipher } from './value-cipher.ts';

/** A store whose values under some prefixes are encrypted before they reach the store below. */
export class EncryptedStore implements Store {
  readonly #below: Store;
  readonly #cipher: ValueCipher;
  readonly #prefixes: readonly string[];

  /** `below` is closed with it. */
  constructor(below: Store, cipher: ValueCipher, prefixes: readonly string[]) {
    this.#below = below;
    this.#cipher = cipher;
    this.#prefixes = prefixes;
  }

  get revision(): Revision {
    return this.#below.revision;
  }

  get compactedRevision(): Revision {
    return this.#below.compactedRevision;
  }

  async get(key: string): Promise<StoredValue | undefined> {
    return this.#opened(await this.#below.get(key));
  }

  async list(prefix: string, options?: ListValues): Promise<ValuePage> {
    const page = await this.#below.list(prefix, options);
    if (!this.#mayHold(prefix)) return page;
    return { ...page, values: page.values.map((value) => this.#opened(value)) };
  }

  async write(write: Write): Promise<WriteOutcome> {
    const { key, value } = write;
    if (!this.#encrypts(key)) return this.#below.write(write);
    const outcome = await this.#below.write({ ...write, value: value && this.#cipher.seal(key, value) });
    return outcome.written
      ? { ...outcome, previous: this.#opened(outcome.previous) }
      : { ...outcome, current: this.#opened(outcome.current) };
  }

  watch(prefix: string, from: Revision, listener: (changes: readonly StoreChange[]) => void): Disposable {
    if (!this.#mayHold(prefix)) return this.#below.watch(prefix, from, listener);
    return this.#below.watch(prefix, from, (changes) => listener(changes.map((change) => this.#openedChange(change))));
  }

  compact(revision: Revision): Promise<void> {
    return this.#below.compact(revision);
  }

  /**
   * Encrypts anew whatever is not sealed by the first of the keys, then forgets how it was before: after
   * that, the other keys are needed no more. What cannot be opened is left as it is.
   */
  async reseal(): Promise<{ readonly rewritten: number; readonly unreadable: readonly UnreadableValueError[] }> {
    let rewritten = 0;
    const unreadable: UnreadableValueError[] = [];
    for (const prefix of this.#prefixes) {
      for (const { key, revision, value: sealed } of (await this.#below.list(prefix)).values) {
        if (this.#cipher.isCurrent(sealed)) continue;
        try {
          // Whoever wrote the key meanwhile has used the first of the keys.
          await this.write({ key, value: this.#cipher.open(key, sealed), expect: revision });
          rewritten++;
        } catch (error) {
          if (!(error instanceof UnreadableValueError)) throw error;
          unreadable.push(error);
        }
      }
    }
    if (rewritten > 0) await this.#below.compact(this.#below.revision);
    return { rewritten, unreadable };
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#below[Symbol.asyncDispose]();
  }

  #encrypts(key: string): boolean {
    return this.#prefixes.some((prefix) => key.startsWith(prefix));
  }

  /** Whether keys that are encrypted begin with this prefix. */
  #mayHold(prefix: string): boolean {
    return this.#prefixes.some((encrypted) => prefix.startsWith(encrypted) || encrypted.startsWith(prefix));
  }

  #opened<T extends StoredValue | undefined>(value: T): T | OpenedValue {
    return value && this.#encrypts(value.key) ? new OpenedValue(value, this.#cipher) : value;
  }

  #openedChange(change: StoreChange): StoreChange {
    return { ...change, current: this.#opened(change.current), previous: this.#opened(change.previous) };
  }
}

/** Decrypted when first looked at: many values, such as those that were replaced, nobody looks at. */
class OpenedValue implements StoredValue {
  readonly key: string;
  readonly revision: Revision;
  readonly created: Revision;
  readonly #sealed: Buffer;
  readonly #cipher: ValueCipher;
  #value: Buffer | undefined;

  constructor({ key, revision, created, value }: StoredValue, cipher: ValueCipher) {
    this.key = key;
    this.revision = revision;
    this.created = created;
    this.#sealed = value;
    this.#cipher = cipher;
  }

  get value(): Buffer {
    this.#value ??= this.#cipher.open(this.key, this.#sealed);
    return this.#value;
  }
}
