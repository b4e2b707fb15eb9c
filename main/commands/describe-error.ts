import type { AppError, AppErrorShape } from '#common/base/app-error.ts';
import { errorTexts } from '#common/i18n/errors.ts';
import { say } from './output/words.ts';

/** An error in a person's words: what happened, what to do, and what was run last. */
export function describeAppError({ code, params, command, lines = [] }: AppError | AppErrorShape): string {
  const { title, advice } = errorTexts[code];
  const text = [`${say(title, params)}\n  ${say(advice, params)}`];
  if (command !== undefined) text.push(`  ${command}`, ...lines.map((line) => `    ${line}`));
  return text.join('\n');
}
