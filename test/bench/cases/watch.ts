import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import type { BenchCase } from '../bench-case.ts';
import { percentile, type Figure } from '../figure.ts';
import { withCpu } from '../load.ts';
import { configMapJson } from '../objects.ts';

const PATH = '/api/v1/namespaces/default/configmaps';
const WRITES = 60;
const WARM_UP_WRITES = 20;
const PAUSE_MS = 100;

/** How long after a write's request, and after its answer, each of the watchers has it; who has it before counts as 0. */
export const watchCase: BenchCase = {
  name: 'watch',
  run: async (context) => {
    const figures: Figure[] = [];
    for (const watchers of [100, 1000]) {
      await using master = await context.startMaster();
      await using writer = await master.connect(1);
      await using connections = await master.connect(10);
      const revision = await revisionOf(writer.get(PATH));
      const fan = new Fan(watchers);
      await Promise.all(
        Array.from({ length: watchers }, () =>
          connections.watch(`${PATH}?watch=true&resourceVersion=${revision}`, (chunk) => fan.arrived(chunk)),
        ),
      );
      let written = 0;
      const write = async (): Promise<void> => {
        const { sent, arrivals } = fan.expect();
        await writer.post(PATH, configMapJson(`bench-${written++}`));
        const answered = performance.now();
        for (const time of await arrivals) {
          fromAnswer.push(Math.max(0, time - answered));
          fromRequest.push(time - sent);
        }
      };
      let fromAnswer: number[] = [];
      let fromRequest: number[] = [];
      for (let index = 0; index < WARM_UP_WRITES; index++) await write();
      [fromAnswer, fromRequest] = [[], []];
      const { masterCpu, otherCpu } = await withCpu(master, async () => {
        for (let index = 0; index < WRITES; index++) {
          await write();
          await wait(PAUSE_MS);
        }
      });
      const title = `a write reaches ${watchers.toLocaleString('en')} watchers`;
      figures.push(
        { ...spread(`watch.${watchers}`, `${title}, p99 from its request`, fromRequest), masterCpu, otherCpu },
        spread(`watch.${watchers}-from-answer`, `${title}, p99 from its answer`, fromAnswer),
      );
    }
    return figures;
  },
};

/** Notes when each of the watchers has the event of the one write that is under way. */
class Fan {
  readonly #size: number;
  #times: number[] = [];
  #complete: (times: readonly number[]) => void = () => undefined;

  constructor(size: number) {
    this.#size = size;
  }

  expect(): { sent: number; arrivals: Promise<readonly number[]> } {
    this.#times = [];
    const arrivals = new Promise<readonly number[]>((resolve) => (this.#complete = resolve));
    return { sent: performance.now(), arrivals };
  }

  /** An event is complete with the end of its line. */
  arrived(chunk: Buffer): void {
    if (chunk.at(-1) !== 10) return;
    this.#times.push(performance.now());
    if (this.#times.length === this.#size) this.#complete(this.#times);
  }
}

async function revisionOf(list: Promise<{ readonly chunks: readonly Buffer[] }>): Promise<string> {
  const text = Buffer.concat((await list).chunks).toString('utf8');
  return /"resourceVersion":"(\d+)"/.exec(text)![1]!;
}

function spread(id: string, title: string, samples: readonly number[]): Figure {
  const p99 = percentile(samples, 0.99);
  return { id, title, unit: 'ms', value: p99, p50: percentile(samples, 0.5), p99 };
}
