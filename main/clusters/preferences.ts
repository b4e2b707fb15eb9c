import { preferencesSchema, type Preferences } from '#common/contract/contract.ts';
import { readJsonFile, writeAtomically } from './files.ts';

/** What the user has chosen for the window, on disk. */
export class PreferencesFile {
  readonly #file: string;
  readonly #listeners = new Set<(preferences: Preferences) => void>();
  #current: Preferences;

  private constructor(file: string, current: Preferences) {
    this.#file = file;
    this.#current = current;
  }

  /** A file that cannot be read any more is no reason not to start: the defaults hold. */
  static async open(file: string): Promise<PreferencesFile> {
    const found = await readJsonFile(file, preferencesSchema).catch(() => undefined);
    return new PreferencesFile(file, found ?? preferencesSchema.parse({}));
  }

  get current(): Preferences {
    return this.#current;
  }

  async change(change: Partial<Preferences>): Promise<void> {
    this.#current = { ...this.#current, ...change };
    await writeAtomically(this.#file, JSON.stringify(this.#current, null, 2));
    for (const listener of this.#listeners) listener(this.#current);
  }

  subscribe(listener: (preferences: Preferences) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }
}
