import path from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { realClock } from '#common/base/clock.ts';
import { addCommand, withInstance } from './command.ts';
import { outputOptions, printJson, printLine } from './output/output.ts';

/** `pilothouse collect-logs`: what is needed to find a fault, in one file without secrets. */
export function addCollectLogs(parent: Command): void {
  addCommand(parent, 'collect-logs', 'gathers logs and states in one file, without secrets')
    .option('--out <file>', 'the zip file to write')
    .action(
      withInstance(
        z.object({ ...outputOptions, out: z.string().min(1).optional() }),
        async (instance, { out, json }) => {
          const file = path.resolve(out ?? `pilothouse-logs-${timestamp(realClock.now())}.zip`);
          await instance.call('app.collectLogs', { file });
          if (json) printJson({ file });
          else printLine(file);
        },
      ),
    );
}

function timestamp(now: number): string {
  return new Date(now).toISOString().slice(0, 19).replaceAll(/[:T]/g, '-');
}
