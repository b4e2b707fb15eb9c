import { appendFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { appErrorShape } from '#common/base/app-error.ts';
import { operationKindSchema } from '#common/contract/cluster.ts';

const entrySchema = z.object({
  /** Milliseconds since the epoch. */
  at: z.number(),
  operation: operationKindSchema,
  event: z.enum(['begin', 'start', 'done', 'failed', 'end']),
  step: z.string().optional(),
  /** Absent for steps that concern the whole cluster. */
  node: z.string().optional(),
  error: appErrorShape.optional(),
});
export type JournalEntry = z.infer<typeof entrySchema>;

/** What has happened in a cluster's long operations, a line each, kept over crashes. */
export class Journal {
  readonly #file: string;
  #writing: Promise<void> = Promise.resolve();

  constructor(directory: string) {
    this.#file = path.join(directory, 'journal.jsonl');
  }

  /** Entries are written one after the other, in the order of the calls. */
  append(entry: JournalEntry): Promise<void> {
    // The line break comes first: what a kill tore off stays a line of its own.
    const line = `\n${JSON.stringify(entry)}`;
    const written = this.#writing.then(() => appendFile(this.#file, line, { mode: 0o600 }));
    // An entry that could not be written keeps no other from being written.
    this.#writing = written.catch(() => undefined);
    return written;
  }

  /** The entries of the last operation of a kind, from its beginning. Torn lines are left out. */
  async lastOperation(operation: JournalEntry['operation']): Promise<JournalEntry[]> {
    const text = await readFile(this.#file, 'utf8').catch(() => '');
    const entries = text
      .split('\n')
      .map(parseLine)
      .filter((entry) => entry?.operation === operation)
      .filter((entry) => entry !== undefined);
    const begin = entries.findLastIndex((entry) => entry.event === 'begin');
    return begin < 0 ? [] : entries.slice(begin);
  }
}

function parseLine(line: string): JournalEntry | undefined {
  try {
    return entrySchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
