import { MEASURE_MS, WARM_UP_MS, type BenchCase } from '../bench-case.ts';
import type { Figure } from '../figure.ts';
import { inFlight, rateOf } from '../load.ts';
import { configMapJson } from '../objects.ts';

export const createCase: BenchCase = {
  name: 'create',
  run: async (context) => {
    await using master = await context.startMaster();
    await using connections = await master.connect(4);
    let made = 0;
    const create = (): ReturnType<typeof connections.post> =>
      connections.post('/api/v1/namespaces/default/configmaps', configMapJson(`bench-${made++}`));
    await inFlight(16, WARM_UP_MS, create);
    const figures: Figure[] = [];
    for (const count of [1, 16, 64]) {
      const title = `create a 1 kB ConfigMap, ${count} in flight`;
      figures.push(await rateOf(`create.${count}`, title, master, () => inFlight(count, MEASURE_MS, create)));
    }
    return figures;
  },
};
