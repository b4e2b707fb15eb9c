import * as z from 'zod';

const wholeNumber = z.coerce.number().int().nonnegative();
const flag = z.enum(['', 'true', 'false', '1', '0']).transform((value) => value !== 'false' && value !== '0');

/** The query of /containerLogs (v1.PodLogOptions). */
export const logOptionsSchema = z.object({
  follow: flag.default(false),
  previous: flag.default(false),
  timestamps: flag.default(false),
  tailLines: wholeNumber.optional(),
  limitBytes: wholeNumber.optional(),
  sinceSeconds: wholeNumber.optional(),
  sinceTime: z.iso.datetime({ offset: true }).optional(),
  stream: z.enum(['All', 'Stdout', 'Stderr']).default('All'),
});

export type LogOptions = z.infer<typeof logOptionsSchema>;
