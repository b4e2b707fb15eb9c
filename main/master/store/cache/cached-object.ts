import { parseFrozen } from '#common/base/freeze.ts';
import type { Stored } from '#common/kube/object.ts';
import { UnreadableValueError, type Revision, type StoredValue } from '../store.ts';

const METADATA = '"metadata":{';

/** The text that every object of a kind begins with: its type, then the first brace of its metadata. */
export function typePrefix(apiVersion: string, kind: string): string {
  return `{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)},${METADATA}`;
}

/**
 * The current version of one object: the bytes that GET answers with, and its frozen value, parsed when
 * first asked for and then shared by all readers.
 */
export class CachedObject {
  readonly key: string;
  readonly revision: Revision;
  readonly created: Revision;
  readonly #bytes: Buffer | UnreadableValueError;
  /** Where the resourceVersion stands in the bytes: right after the type prefix. */
  readonly #versionStart: number;
  #value: Stored | undefined;

  private constructor(
    key: string,
    revision: Revision,
    created: Revision,
    bytes: Buffer | UnreadableValueError,
    versionStart: number,
  ) {
    this.key = key;
    this.revision = revision;
    this.created = created;
    this.#bytes = bytes;
    this.#versionStart = versionStart;
  }

  /** From what the store keeps: the JSON without a resourceVersion, beginning with the kind's `prefix`. */
  static from(stored: StoredValue, prefix: string, revision: Revision = stored.revision): CachedObject {
    const { key, created } = stored;
    let bytes: Buffer | UnreadableValueError;
    try {
      bytes = spliced(stored.value, prefix.length, prefix.length, versionText(revision));
    } catch (error) {
      // Whoever asks for this object hears of it; all others can still be read.
      if (!(error instanceof UnreadableValueError)) throw error;
      bytes = error;
    }
    return new CachedObject(key, revision, created, bytes, prefix.length);
  }

  /** Complete JSON, with its resourceVersion. Throws `UnreadableValueError`. */
  get bytes(): Buffer {
    if (this.#bytes instanceof UnreadableValueError) throw this.#bytes;
    return this.#bytes;
  }

  get value(): Stored {
    this.#value ??= parseFrozen<Stored>(this.bytes.toString('utf8'));
    return this.#value;
  }

  /**
   * Forgets the parsed value of a version that is no longer current: only watchers that resume may ask for
   * it again, and values are larger than bytes.
   */
  release(): void {
    this.#value = undefined;
  }

  /** What follows the opening brace of the same object as an item of a list: without its type. */
  get itemBytes(): Buffer {
    return this.bytes.subarray(this.#versionStart - METADATA.length);
  }

  /** The same content under a later resourceVersion: how watchers see that it left their selection. */
  at(revision: Revision): CachedObject {
    const end = this.#versionStart + versionText(this.revision).length;
    const bytes = spliced(this.bytes, this.#versionStart, end, versionText(revision));
    return new CachedObject(this.key, revision, this.created, bytes, this.#versionStart);
  }
}

/** Every stored object has a name after it, so the comma is always right. */
function versionText(revision: Revision): string {
  return `"resourceVersion":"${revision}",`;
}

function spliced(bytes: Buffer, start: number, end: number, text: string): Buffer {
  // Not from Node's pool: one long-lived object would keep 8 kB of others' bytes that are long gone.
  const result = Buffer.allocUnsafeSlow(bytes.length - (end - start) + text.length);
  bytes.copy(result, 0, 0, start);
  result.write(text, start, 'latin1');
  bytes.copy(result, start + text.length, end);
  return result;
}
