import type { Locale, Text } from '#common/i18n/locale.ts';
import { catalogue, type Catalogue, type MessageKey } from './catalogue.ts';
import { format, type Params } from './format.ts';
import type { Placeholders } from './placeholders.ts';

/** What a message must be given: nothing where its text has no places. */
export type MessageParams<Key extends MessageKey> = [Placeholders<Catalogue[Key]['en']>] extends [never]
  ? []
  : [params: Readonly<Record<Placeholders<Catalogue[Key]['en']>, string | number>>];

/** The language of the window. Whatever reads it is drawn again when it changes. */
class Language {
  #locale = $state<Locale>('en');

  get locale(): Locale {
    return this.#locale;
  }

  use(locale: Locale): void {
    this.#locale = locale;
    document.documentElement.lang = locale;
  }
}

export const language = new Language();

/** A message of the window's catalogue. */
export function t<Key extends MessageKey>(key: Key, ...[params]: MessageParams<Key>): string {
  return format(catalogue[key], language.locale, params);
}

/** A text of another catalogue (errors, checks, steps), whose arguments came from the main process. */
export function textOf(text: Text, params?: Params): string {
  try {
    return format(text, language.locale, params);
  } catch {
    // An argument is missing: the sentence with its place left open still tells more than none.
    return text[language.locale];
  }
}

/** A message whose key and arguments travel together, so that it can be said in another language later. */
export interface Message {
  readonly text: Text;
  readonly params?: Params;
}

export function message<Key extends MessageKey>(key: Key, ...[params]: MessageParams<Key>): Message {
  return { text: catalogue[key], ...(params ? { params } : {}) };
}
