import { setTimeout as wait } from 'node:timers/promises';
import type { BenchCase } from '../bench-case.ts';
import { percentile, type Figure } from '../figure.ts';
import { each, withCpu } from '../load.ts';
import { makePods, PODS, PODS_PATH } from '../pods.ts';
import { residentMemory, resetPeak } from '../process-figures.ts';

const LISTS = 30;
const SETTLE_MS = 10_000;

/** All of 5,000 pods: one reader, four at once with what they add to memory, and in pages. */
export const listCase: BenchCase = {
  name: 'list',
  run: async (context) => {
    await using master = await context.startMaster();
    await using connections = await master.connect(4);
    await makePods(connections, PODS);
    const list = (): ReturnType<typeof connections.get> => connections.get(PODS_PATH);
    await wait(SETTLE_MS);
    await resetPeak(master.pid);
    const before = await residentMemory(master.pid);
    let bytes = 0;
    await each(16, 4, async () => {
      const answer = await list();
      bytes = answer.bytes;
      return answer;
    });
    const added = (await residentMemory(master.pid, 'peak')) - before;
    const figures: Figure[] = [
      { id: 'list.body', title: 'the body of the LIST', unit: 'bytes', value: bytes },
      { id: 'list.4-rss', title: 'RSS that four at once add, in bodies', unit: 'times', value: added / bytes },
    ];
    for (const parallel of [1, 4]) {
      const { result, masterCpu, otherCpu } = await withCpu(master, () => each(LISTS, parallel, list));
      figures.push({
        id: `list.${parallel}`,
        title: `LIST of 5,000 pods, ${parallel} at once`,
        unit: 'ms',
        value: percentile(result.latencies, 0.5),
        p50: percentile(result.latencies, 0.5),
        p99: percentile(result.latencies, 0.99),
        masterCpu,
        otherCpu,
      });
    }
    const paged = await each(10, 1, async () => {
      let latency = 0;
      let token = '';
      do {
        const page = await connections.get(`${PODS_PATH}?limit=500&continue=${encodeURIComponent(token)}`);
        latency += page.latency;
        // Pages are large: the token stands at their beginning, before the items.
        token = /"continue":"([^"]+)"/.exec(page.chunks[0]!.toString('utf8', 0, 500))?.[1] ?? '';
      } while (token !== '');
      return { latency };
    });
    figures.push({
      id: 'list.pages',
      title: 'LIST of 5,000 pods in pages of 500',
      unit: 'ms',
      value: percentile(paged.latencies, 0.5),
      p50: percentile(paged.latencies, 0.5),
      p99: percentile(paged.latencies, 0.99),
    });
    return figures;
  },
};
