import type { AppErrorShape } from '#common/base/app-error.ts';
import { errorTexts } from '#common/i18n/errors.ts';
import { plainLine } from './plain-line.ts';

/** An error as text for whoever helps: the code and everything that goes with it, in English. */
export function errorReport(error: Omit<AppErrorShape, 'lines'> & { readonly lines?: readonly string[] }): string {
  return [
    `${error.code}: ${errorTexts[error.code].title.en}`,
    ...Object.entries(error.params).map(([name, value]) => `${name}: ${value}`),
    ...(error.command === undefined ? [] : [`$ ${error.command}`]),
    ...(error.lines ?? []).map(plainLine),
  ].join('\n');
}
