import { IntlMessageFormat } from 'intl-messageformat';
import type { AppError } from '#common/base/app-error.ts';
import { errorTexts } from '#common/i18n/errors.ts';
import { bestLocale } from '#common/i18n/locale.ts';

/** An error in a person's words: what happened, what to do, and what was run last. */
export function describeAppError(error: AppError): string {
  const locale = bestLocale(
    [process.env['LC_ALL'], process.env['LC_MESSAGES'], process.env['LANG']].filter((tag) => !!tag) as string[],
  );
  const { title, advice } = errorTexts[error.code];
  const say = (text: string): string => String(new IntlMessageFormat(text, locale).format({ ...error.params }));
  const lines = [`${say(title[locale])}\n  ${say(advice[locale])}`];
  if (error.command !== undefined) lines.push(`  ${error.command}`, ...error.lines.map((line) => `    ${line}`));
  return lines.join('\n');
}
