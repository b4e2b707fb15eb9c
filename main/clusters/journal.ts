import { appendFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { appErrorShape } from '#common/base/app-error.ts';
import { operationKindSchema } from '#common/contract/cluster.ts';
import { writeAtomically } from './files.ts';

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

/**
 * What has happened in a cluster's long operations, a line each, kept over crashes: of each kind the last one, and
 * the last that came to its end.
 */
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
    const written = this.#writing.then(async () => {
      if (entry.event === 'begin') await this.#forget();
      await appendFile(this.#file, line, { mode: 0o600 });
    });
    // An entry that could not be written keeps no other from being written.
    this.#writing = written.catch(() => undefined);
    return written;
  }

  /** The entries of the last operation of a kind, from its beginning. Torn lines are left out. */
  async lastOperation(operation: JournalEntry['operation']): Promise<JournalEntry[]> {
    return runsOf(await this.#read(), operation).at(-1) ?? [];
  }

  async #read(): Promise<JournalEntry[]> {
    const text = await readFile(this.#file, 'utf8').catch(() => '');
    return text
      .split('\n')
      .map(parseLine)
      .filter((entry) => entry !== undefined);
  }

  /** What nobody will ask for again: a cluster is started for years. */
  async #forget(): Promise<void> {
    const entries = await this.#read();
    const kept = new Set(
      operationKindSchema.options.flatMap((operation) => {
        const runs = runsOf(entries, operation);
        const complete = runs.findLast((run) => run.at(-1)?.event === 'end') ?? [];
        return [...complete, ...(runs.at(-1) ?? [])];
      }),
    );
    if (kept.size === entries.length) return;
    const lines = entries.filter((entry) => kept.has(entry)).map((entry) => JSON.stringify(entry));
    await writeAtomically(this.#file, lines.join('\n'));
  }
}

/** The operations of a kind, each from its beginning. */
function runsOf(entries: readonly JournalEntry[], operation: JournalEntry['operation']): JournalEntry[][] {
  const runs: JournalEntry[][] = [];
  for (const entry of entries) {
    if (entry.operation !== operation) continue;
    if (entry.event === 'begin') runs.push([entry]);
    else runs.at(-1)?.push(entry);
  }
  return runs;
}

function parseLine(line: string): JournalEntry | undefined {
  try {
    return entrySchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
