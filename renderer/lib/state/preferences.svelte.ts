import { z } from 'zod';
import { AppError } from '#common/base/app-error.ts';
import { preferencesSchema, type Preferences } from '#common/contract/contract.ts';
import { bestLocale, localeSchema } from '#common/i18n/locale.ts';
import { language } from '../../i18n/i18n.svelte.ts';
import type { ContractClient } from '#common/contract/client.ts';

const KEY = 'preferences';

/**
 * Language and theme. The main process keeps them; a copy in the browser's storage lets the first
 * paint have them right, before there is a connection.
 */
export class PreferencesState {
  #value = $state.raw<Preferences>(remembered());
  #systemLanguages = $state.raw<readonly string[]>(navigator.languages);
  readonly #client: ContractClient;

  constructor(client: ContractClient) {
    this.#client = client;
    this.#apply();
  }

  get value(): Preferences {
    return this.#value;
  }

  /** Follows the main process for as long as the window lives. */
  follow(): void {
    this.#client.open(
      'app.preferences',
      {},
      {
        event: (value) => this.#take(value),
        failed: (error) => console.error('the preferences cannot be followed', error),
      },
    );
  }

  /** What the system prefers, where the main process knows it better than the browser. */
  useSystemLanguages(languages: readonly string[]): void {
    this.#systemLanguages = languages;
    this.#apply();
  }

  /** Shown at once; what was there before returns when it cannot be kept. */
  async change(change: Partial<Preferences>): Promise<void> {
    const before = this.#value;
    this.#take({ ...before, ...change });
    try {
      await this.#client.call('app.setPreferences', change);
    } catch (error) {
      this.#take(before);
      throw AppError.from(error);
    }
  }

  #take(value: Preferences): void {
    this.#value = value;
    localStorage.setItem(KEY, JSON.stringify(value));
    this.#apply();
  }

  #apply(): void {
    const { language: chosen, theme } = this.#value;
    language.use(chosen === 'system' ? bestLocale(this.#systemLanguages) : localeSchema.parse(chosen));
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }
}

function remembered(): Preferences {
  const stored = z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(preferencesSchema);
  try {
    return stored.parse(localStorage.getItem(KEY));
  } catch {
    return preferencesSchema.parse({});
  }
}
