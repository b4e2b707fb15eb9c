import { z } from 'zod';
import { AppError } from '#common/base/app-error.ts';
import { realClock, sleep } from '#common/base/clock.ts';
import { lineLog } from '#common/base/log.ts';
import { cacheDirectory, homeDirectory } from '../clusters/home.ts';
import { Instance } from '../instance/instance.ts';
import { SERVING } from '../instance/start-detached.ts';
import { findLayout } from '../layout.ts';
import { serve, type Serving } from '../serve.ts';
import { parseOptions } from './bad-use.ts';
import { terminalLanguages } from './output/words.ts';
import { untilToldToStop } from './until-told-to-stop.ts';

const optionsSchema = z.object({
  port: z.coerce.number({ error: 'give a number' }).int().min(0).max(65535).optional(),
  /** False with --no-open: only commands are waited for. */
  open: z.boolean().default(true),
});

const PATIENCE_MS = 10_000;
const LOOK_AGAIN_MS = 100;

/** `pilothouse serve`: the window in a browser, until told to stop. */
export async function runServe(given: unknown): Promise<void> {
  const { port, open } = parseOptions(optionsSchema, given);
  const environment = process.env;
  const home = homeDirectory(environment);
  const quitting = new AbortController();
  let serving: Serving;
  try {
    serving = await serve({
      home,
      cache: cacheDirectory(environment),
      layout: findLayout(),
      languages: terminalLanguages(),
      port,
      log: lineLog((line) => void process.stderr.write(`${line}\n`)),
      quit: () => quitting.abort(),
    });
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'home-in-use')) throw error;
    await join(home, open, error);
    return;
  }
  tell(open, () => serving.newUrl());
  await untilToldToStop(quitting.signal);
  await serving.close();
}

/** Another instance owns the home: its window is as good. It may be about to start, or to end. */
async function join(home: string, open: boolean, inUse: AppError): Promise<void> {
  const end = realClock.monotonic() + PATIENCE_MS;
  for (;;) {
    using instance = await Instance.find(home);
    if (instance) {
      const url = open ? (await instance.call('app.newUrl', {})).url : '';
      tell(open, () => url);
      return;
    }
    if (realClock.monotonic() >= end) throw inUse;
    await sleep(realClock, LOOK_AGAIN_MS);
  }
}

function tell(open: boolean, newUrl: () => string): void {
  process.stdout.write(
    open ? `Pilothouse is running. Open this link in a browser on this computer:\n\n  ${newUrl()}\n\n` : `${SERVING}\n`,
  );
}
