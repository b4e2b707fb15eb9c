import { z } from 'zod';
import { errorCodeSchema } from '#common/base/error-codes.ts';

/** The outcome of one preflight check. Its texts come from the catalogue, by `check` and `code`. */
export const findingSchema = z.object({
  check: z.string(),
  /** The machine that was looked at, as `user@address`; this computer without. */
  host: z.string().optional(),
  outcome: z.enum(['ok', 'warning', 'failed']),
  /** What was found: a version, an amount, a path. */
  detail: z.string().optional(),
  /** Set when the outcome is not ok: names cause and fix in the catalogue. */
  code: errorCodeSchema.optional(),
  params: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
});

export type Finding = z.infer<typeof findingSchema>;
