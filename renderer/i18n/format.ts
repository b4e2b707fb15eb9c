import { IntlMessageFormat } from 'intl-messageformat';
import type { Locale, Text } from '#common/i18n/locale.ts';

export type Params = Readonly<Record<string, string | number>>;

// Bounded by the catalogue: each text is compiled once per language, when first shown.
const compiled = new WeakMap<Text, Partial<Record<Locale, IntlMessageFormat>>>();

/** A text in one language, its places filled in. Markup in it has no meaning: the result is plain text. */
export function format(text: Text, locale: Locale, params: Params = {}): string {
  let formats = compiled.get(text);
  if (!formats) compiled.set(text, (formats = {}));
  const message = (formats[locale] ??= new IntlMessageFormat(text[locale], locale, undefined, { ignoreTag: true }));
  return String(message.format(params));
}
