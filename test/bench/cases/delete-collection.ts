import type { BenchCase } from '../bench-case.ts';
import { withCpu } from '../load.ts';
import { makePods, PODS, PODS_PATH } from '../pods.ts';

export const deleteCollectionCase: BenchCase = {
  name: 'delete-collection',
  run: async (context) => {
    await using master = await context.startMaster();
    await using connections = await master.connect(4);
    await makePods(connections, PODS);
    const { result, masterCpu, otherCpu } = await withCpu(master, () => connections.delete(PODS_PATH));
    const left = await connections.get(`${PODS_PATH}?limit=1`);
    if (!Buffer.concat(left.chunks).includes('"items":[]')) throw new Error('Pods are left after deletecollection');
    return [
      {
        id: 'delete-collection.5000',
        title: 'deletecollection of 5,000 pods',
        unit: 'ms',
        value: result.latency,
        masterCpu,
        otherCpu,
      },
    ];
  },
};
