import { z } from 'zod';
import { AppError } from '#common/base/app-error.ts';
import type { ClientResult } from './run-client.ts';

/** `version --format json`: without `multipassd` when the daemon does not answer. */
export const versionSchema = z.object({ multipass: z.string(), multipassd: z.string().optional() });

/** `list --format json`; `Deleted` instances are in it until they are purged. */
export const listSchema = z.object({ list: z.array(z.object({ name: z.string(), state: z.string() })) });

/**
 * `info NAME --format json`. Numbers come as text here and as numbers there, depending on the version, and
 * empty while the instance does not run.
 */
export const infoSchema = z.object({
  info: z.record(
    z.string(),
    z.object({
      state: z.string(),
      ipv4: z.array(z.string()).default([]),
      cpu_count: z.coerce.number().catch(0),
      memory: z
        .object({ total: z.coerce.number().catch(0) })
        .partial()
        .catch({}),
    }),
  ),
});

/** What the client printed as JSON. Fails with `multipass-output-unreadable`. */
export function parseOutput<S extends z.ZodType>(result: ClientResult, schema: S): z.output<S> {
  try {
    return schema.parse(JSON.parse(result.stdout));
  } catch (error) {
    const { command, lines } = result;
    throw new AppError('multipass-output-unreadable', { params: { command }, command, lines, cause: error });
  }
}
