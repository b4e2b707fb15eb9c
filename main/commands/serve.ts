import { z } from 'zod';
import { lineLog } from '#common/base/log.ts';
import { cacheDirectory, homeDirectory } from '../clusters/home.ts';
import { findLayout } from '../layout.ts';
import { serve } from '../serve.ts';
import { parseOptions } from './bad-use.ts';
import { untilToldToStop } from './until-told-to-stop.ts';

const optionsSchema = z.object({
  port: z.coerce.number({ error: 'give a number' }).int().min(0).max(65535).optional(),
});

/** `pilothouse serve`: the window in a browser, until told to stop. */
export async function runServe(given: unknown): Promise<void> {
  const { port } = parseOptions(optionsSchema, given);
  const environment = process.env;
  const serving = await serve({
    home: homeDirectory(environment),
    cache: cacheDirectory(environment),
    layout: findLayout(),
    languages: [environment['LC_ALL'], environment['LC_MESSAGES'], environment['LANG']].filter(
      (tag) => !!tag,
    ) as string[],
    port,
    log: lineLog((line) => void process.stderr.write(`${line}\n`)),
  });
  process.stdout.write(
    `Pilothouse is running. Open this link in a browser on this computer:\n\n  ${serving.newUrl()}\n\n`,
  );
  await untilToldToStop();
  await serving.close();
}
