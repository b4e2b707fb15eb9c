import { setTimeout as wait } from 'node:timers/promises';
import type { BenchCase } from '../bench-case.ts';
import { makePods, PODS, PODS_PATH } from '../pods.ts';
import { residentMemory } from '../process-figures.ts';

const SETTLE_MS = 10_000;

/** What 5,000 running pods add to the master's memory: while they came, and after a restart on them. */
export const memoryCase: BenchCase = {
  name: 'memory',
  run: async (context) => {
    const directory = await context.newDirectory();
    let empty: number;
    let loaded: number;
    let body: number;
    {
      await using master = await context.startMaster(directory);
      await wait(SETTLE_MS);
      empty = await residentMemory(master.pid);
      await using connections = await master.connect(4);
      await makePods(connections, PODS);
      await wait(SETTLE_MS);
      loaded = await residentMemory(master.pid);
      body = (await connections.get(PODS_PATH)).bytes;
    }
    await using master = await context.startMaster(directory);
    await wait(SETTLE_MS);
    const restarted = await residentMemory(master.pid);
    return [
      { id: 'memory.pod-json', title: 'a pod as JSON, with managedFields', unit: 'bytes', value: body / PODS },
      {
        id: 'memory.per-pod',
        title: 'RSS that each of 5,000 pods adds',
        unit: 'bytes',
        value: (loaded - empty) / PODS,
      },
      {
        id: 'memory.per-pod-restarted',
        title: 'the same after a restart',
        unit: 'bytes',
        value: (restarted - empty) / PODS,
      },
    ];
  },
};
