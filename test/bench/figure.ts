/** Latencies in milliseconds and rates per second, memory in bytes, CPU in percent of one core. */
export type Unit = 'per s' | 'ms' | 'bytes' | 'times' | '% of a core';

/** One line of the table. */
export interface Figure {
  /** `case.what`, stable over time: what two runs are compared by. */
  readonly id: string;
  readonly title: string;
  readonly unit: Unit;
  readonly value: number;
  readonly p50?: number;
  readonly p99?: number;
  /** CPU of the master while it was taken, in percent of one core. */
  readonly masterCpu?: number;
  /** CPU of everything but the master and its load: what else kept the machine busy. */
  readonly otherCpu?: number;
}

/** The value below which so much of the samples lies (nearest rank). */
export function percentile(samples: readonly number[], part: number): number {
  if (samples.length === 0) throw new Error('There are no samples');
  const sorted = Float64Array.from(samples).sort();
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)]!;
}
