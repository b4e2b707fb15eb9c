import { openSync, writeSync } from 'node:fs';
import { seededRandom } from '#common/base/random.ts';
import { openCrashStore } from './open.ts';
import { idOf, valueOf, WATCHED, writerOptions, type Entry } from './record.ts';

/**
 * A process that writes to a store until it is killed, and notes what it tries, what it is told is done and
 * what its watchers hear.
 */
const { file, record, seed, heard } = writerOptions.parse(JSON.parse(process.argv[2] ?? ''));
const AT_ONCE = 24;
const COMPACTED_EVERY = 150;
const HISTORY_KEPT = 300;

const random = seededRandom(seed);
const recordFile = openSync(record, 'a');
const note = (entry: Entry): void => void writeSync(recordFile, `${JSON.stringify(entry)}\n`);
const store = openCrashStore(file);
let written = 0;

for (const [watcher, prefix] of WATCHED.entries()) {
  store.watch(prefix, heard[watcher] ?? 0, (changes) => {
    for (const { revision, key, current } of changes) {
      note({ type: 'heard', watcher, revision, key, ...(current ? { id: idOf(current.value) } : {}) });
    }
  });
}
process.stdout.write('ready\n');
await Promise.all(Array.from({ length: AT_ONCE }, () => writeForever()));

async function writeForever(): Promise<never> {
  for (;;) {
    await writeOnce();
    if (written % COMPACTED_EVERY === 0) await compact();
  }
}

async function writeOnce(): Promise<void> {
  const id = `${seed}-${++written}`;
  const key = `${pick(['/pods/', '/secrets/'])}${pick(['a', 'b'])}${Math.floor(random.next() * 40)}`;
  const current = await store.get(key);
  const deletes = random.next() < 0.2;
  note({ type: 'try', id, key });
  const outcome = await store.write({
    key,
    value: deletes ? undefined : valueOf(id),
    // Half of the writers look first, as API clients do.
    ...(random.next() < 0.5 ? { expect: current?.revision ?? 0 } : {}),
  });
  if (outcome.written) note({ type: 'done', revision: outcome.revision, key, ...(deletes ? {} : { id }) });
}

async function compact(): Promise<void> {
  const revision = store.revision - HISTORY_KEPT;
  if (revision <= store.compactedRevision) return;
  await store.compact(revision);
  note({ type: 'compacted', revision });
}

function pick<T>(choices: readonly [T, T]): T {
  return random.next() < 0.5 ? choices[0] : choices[1];
}
