import { performance } from 'node:perf_hooks';
import { percentile, type Figure } from './figure.ts';
import { cpuTime, machineCpuTime } from './process-figures.ts';

/** One request; gives its latency in milliseconds. */
export type Shot = (index: number) => Promise<{ readonly latency: number }>;

export interface Load {
  readonly latencies: readonly number[];
  readonly elapsedMs: number;
}

/** So many requests at any time, for so long: each is followed by another as soon as it is answered. */
export async function inFlight(count: number, durationMs: number, shoot: Shot): Promise<Load> {
  const latencies: number[] = [];
  const start = performance.now();
  let shots = 0;
  const worker = async (): Promise<void> => {
    while (performance.now() - start < durationMs) latencies.push((await shoot(shots++)).latency);
  };
  await Promise.all(Array.from({ length: count }, worker));
  return { latencies, elapsedMs: performance.now() - start };
}

/** So many requests in all, a few at a time. */
export async function each(total: number, parallel: number, shoot: Shot): Promise<Load> {
  const latencies: number[] = [];
  const start = performance.now();
  let shots = 0;
  const worker = async (): Promise<void> => {
    while (shots < total) latencies.push((await shoot(shots++)).latency);
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return { latencies, elapsedMs: performance.now() - start };
}

/** So many requests a second, whether or not the earlier ones are answered. */
export async function atRate(perSecond: number, durationMs: number, shoot: Shot): Promise<Load> {
  const pending: Promise<{ readonly latency: number }>[] = [];
  const start = performance.now();
  const total = Math.round((durationMs / 1000) * perSecond);
  for (let shot = 0; shot < total; shot++) {
    const wait = start + (shot * 1000) / perSecond - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    pending.push(shoot(shot));
  }
  const answers = await Promise.all(pending);
  return { latencies: answers.map(({ latency }) => latency), elapsedMs: performance.now() - start };
}

/** The figure of a load's rate, with the CPU that the master and the rest of the machine used meanwhile. */
export async function rateOf(
  id: string,
  title: string,
  master: { readonly pid: number },
  run: () => Promise<Load>,
): Promise<Figure> {
  const { result, masterCpu, otherCpu } = await withCpu(master, run);
  const { latencies, elapsedMs } = result;
  return {
    id,
    title,
    unit: 'per s',
    value: (latencies.length * 1000) / elapsedMs,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    masterCpu,
    otherCpu,
  };
}

/** Runs something, and tells how busy the master and everything else was meanwhile, in percent of a core. */
export async function withCpu<T>(
  master: { readonly pid: number },
  run: () => Promise<T>,
): Promise<{ result: T; masterCpu: number; otherCpu: number }> {
  const read = async (): Promise<readonly [number, number, number, number]> => [
    performance.now(),
    await cpuTime(master.pid),
    await cpuTime(process.pid),
    await machineCpuTime(),
  ];
  const before = await read();
  const result = await run();
  const after = await read();
  const [elapsed, own, load, all] = after.map((value, index) => value - before[index]!) as [
    number,
    number,
    number,
    number,
  ];
  return {
    result,
    masterCpu: (own / elapsed) * 100,
    otherCpu: Math.max(0, ((all - own - load) / elapsed) * 100),
  };
}
