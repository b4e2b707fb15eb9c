import type { z } from 'zod';

/** What was typed cannot be meant: exit code 1. */
export class BadUseError extends Error {
  override readonly name = 'BadUseError';
}

/** The options of a command as its schema reads them. */
export function parseOptions<S extends z.ZodType>(schema: S, given: unknown): z.output<S> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new BadUseError(`--${issue.path.join('.')}: ${issue.message}`);
}
