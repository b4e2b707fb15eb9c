import { IntlMessageFormat } from 'intl-messageformat';
import { bestLocale, type Text } from '#common/i18n/locale.ts';

/** What this terminal says of its language, best first (locale(7)). */
export function terminalLanguages(): string[] {
  const { LC_ALL, LC_MESSAGES, LANG } = process.env;
  return [LC_ALL, LC_MESSAGES, LANG].flatMap((tag) => tag || []);
}

/** A text of the catalogue in the language of this terminal. */
export function say(text: Text, params: Readonly<Record<string, string | number>> = {}): string {
  const locale = bestLocale(terminalLanguages());
  return String(new IntlMessageFormat(text[locale], locale).format({ ...params }));
}
