import { setTimeout as wait } from 'node:timers/promises';
import type { BenchCase } from '../bench-case.ts';
import { withCpu } from '../load.ts';
import { residentMemory } from '../process-figures.ts';

const SETTLE_MS = 10_000;
const WATCHED_MS = 30_000;

/** What a master costs that nobody asks anything. */
export const idleCase: BenchCase = {
  name: 'idle',
  run: async (context) => {
    await using master = await context.startMaster();
    await wait(SETTLE_MS);
    const { masterCpu, otherCpu } = await withCpu(master, () => wait(WATCHED_MS));
    return [
      { id: 'idle.rss', title: 'idle RSS', unit: 'bytes', value: await residentMemory(master.pid) },
      { id: 'idle.cpu', title: 'idle CPU', unit: '% of a core', value: masterCpu, otherCpu },
    ];
  },
};
