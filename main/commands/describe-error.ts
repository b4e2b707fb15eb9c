import type { AppError, AppErrorShape } from '#common/base/app-error.ts';
import { errorTexts } from '#common/i18n/errors.ts';
import { validationTexts } from '#common/i18n/validation.ts';
import { say } from './output/words.ts';

/** An error in a person's words: what happened, what to do, and what was run last. */
export function describeAppError({ code, params, command, lines = [] }: AppError | AppErrorShape): string {
  const { title, advice } = errorTexts[code];
  const words = { ...params, ...(code === 'input-invalid' ? { reason: reasonText(String(params['reason'])) } : {}) };
  const text = [`${say(title, words)}\n  ${say(advice, words)}`];
  if (command !== undefined) text.push(`  ${command}`);
  text.push(...lines.map((line) => `    ${line}`));
  return text.join('\n');
}

/** Schemas give a key for why they refuse an input. */
function reasonText(reason: string): string {
  const key = `validation.${reason}`;
  return Object.hasOwn(validationTexts, key) ? say(validationTexts[key as keyof typeof validationTexts]) : reason;
}
