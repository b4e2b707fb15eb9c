import { MEASURE_MS, WARM_UP_MS, type BenchCase } from '../bench-case.ts';
import type { Figure } from '../figure.ts';
import { inFlight, rateOf } from '../load.ts';
import { makePods, podName, PODS_PATH } from '../pods.ts';

export const getCase: BenchCase = {
  name: 'get',
  run: async (context) => {
    await using master = await context.startMaster();
    await using connections = await master.connect(4);
    await makePods(connections, 100);
    const get = (index: number): ReturnType<typeof connections.get> =>
      connections.get(`${PODS_PATH}/${podName(index % 100)}`);
    await inFlight(64, WARM_UP_MS, get);
    const figures: Figure[] = [];
    for (const count of [1, 16, 64]) {
      figures.push(
        await rateOf(`get.${count}`, `GET a pod, ${count} in flight`, master, () => inFlight(count, MEASURE_MS, get)),
      );
    }
    return figures;
  },
};
