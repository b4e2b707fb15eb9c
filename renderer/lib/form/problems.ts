import type { z } from 'zod';

/** What is wrong with a form's draft, by field: for each the first reason, as the schema names it. */
export function problemsOf<Draft>(schema: z.ZodType<unknown, Draft>, draft: unknown): Readonly<Record<string, string>> {
  const parsed = schema.safeParse(draft);
  const problems: Record<string, string> = {};
  for (const issue of parsed.error?.issues ?? []) problems[issue.path.join('.')] ??= issue.message;
  return problems;
}
