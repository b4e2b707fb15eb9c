import type { BenchCase, BenchContext } from '../bench-case.ts';
import { percentile, type Figure } from '../figure.ts';
import { makePods, PODS } from '../pods.ts';

const RUNS = 5;

/** From the start of the process to the first answer of /readyz: on new data, on existing data, on much of it. */
export const startCase: BenchCase = {
  name: 'start',
  run: async (context) => {
    const first: number[] = [];
    const existing: number[] = [];
    let directory = '';
    for (let run = 0; run < RUNS; run++) {
      directory = await context.newDirectory();
      first.push(await startAndStop(context, directory));
      existing.push(await startAndStop(context, directory));
    }
    {
      await using master = await context.startMaster(directory);
      await using connections = await master.connect(4);
      await makePods(connections, PODS);
    }
    const many: number[] = [];
    for (let run = 0; run < RUNS; run++) many.push(await startAndStop(context, directory));
    return [
      figure('start.first', 'start to /readyz, first', first),
      figure('start.existing', 'start to /readyz, existing data', existing),
      figure('start.5000-pods', 'start to /readyz, 5,000 pods', many),
    ];
  },
};

async function startAndStop(context: BenchContext, directory: string): Promise<number> {
  await using master = await context.startMaster(directory);
  return master.startMs;
}

function figure(id: string, title: string, samples: readonly number[]): Figure {
  const p50 = percentile(samples, 0.5);
  return { id, title, unit: 'ms', value: p50, p50, p99: percentile(samples, 0.99) };
}
