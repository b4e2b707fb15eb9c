import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** A line of a cluster's journal, as far as tests look at it. */
export interface JournalLine {
  readonly operation: string;
  readonly event: string;
  readonly step?: string;
  readonly node?: string;
}

/** What the journal of the home's only cluster says; nothing while there is no cluster. Torn lines are left out. */
export async function readJournal(home: string): Promise<JournalLine[]> {
  const clusters = path.join(home, 'clusters');
  const [id] = await readdir(clusters).catch(() => []);
  if (id === undefined) return [];
  const text = await readFile(path.join(clusters, id, 'journal.jsonl'), 'utf8').catch(() => '');
  return text.split('\n').flatMap((line): JournalLine[] => {
    try {
      return [JSON.parse(line) as JournalLine];
    } catch {
      return [];
    }
  });
}

/** What is looked for at every start, since it lasts only as long as the app runs. */
const ALWAYS_RUN = 'reach';

/** Steps that were begun again although they had been done; those of the whole cluster always are. */
export function repeatedSteps(journal: readonly JournalLine[]): string[] {
  const done = new Set<string>();
  const repeated: string[] = [];
  for (const { event, step, node } of journal) {
    if (step === undefined || node === undefined || step === ALWAYS_RUN) continue;
    const key = `${step} ${node}`;
    if (event === 'start' && done.has(key)) repeated.push(key);
    if (event === 'done') done.add(key);
  }
  return repeated;
}
