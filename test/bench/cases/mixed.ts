import { WARM_UP_MS, type BenchCase } from '../bench-case.ts';
import { percentile, type Figure } from '../figure.ts';
import { atRate, inFlight, withCpu, type Load } from '../load.ts';
import { configMapJson } from '../objects.ts';
import { makePods, podName, PODS_PATH } from '../pods.ts';

const DURATION_MS = 10_000;

/** A cluster that is used a little: 20 creates and 200 GETs a second, whatever the answers take. */
export const mixedCase: BenchCase = {
  name: 'mixed',
  run: async (context) => {
    await using master = await context.startMaster();
    await using connections = await master.connect(4);
    await makePods(connections, 100);
    let made = 0;
    const get = (index: number): ReturnType<typeof connections.get> =>
      connections.get(`${PODS_PATH}/${podName(index % 100)}`);
    const create = (): ReturnType<typeof connections.post> =>
      connections.post('/api/v1/namespaces/default/configmaps', configMapJson(`bench-${made++}`));
    await inFlight(4, WARM_UP_MS, (index) => (index % 10 === 0 ? create() : get(index)));
    const { result, masterCpu, otherCpu } = await withCpu(master, () =>
      Promise.all([atRate(200, DURATION_MS, get), atRate(20, DURATION_MS, create)]),
    );
    const [gets, creates] = result;
    return [
      { ...spread('mixed.get', 'GET p99 beside 20 creates/s, at 200/s', gets), masterCpu, otherCpu },
      spread('mixed.create', 'create p99 beside 200 GETs/s, at 20/s', creates),
    ];
  },
};

function spread(id: string, title: string, { latencies }: Load): Figure {
  const p99 = percentile(latencies, 0.99);
  return { id, title, unit: 'ms', value: p99, p50: percentile(latencies, 0.5), p99 };
}
