import type { Figure } from './figure.ts';
import type { MasterProcess } from './master-process.ts';

export interface BenchContext {
  /** A directory that nothing is in yet; removed at the end. */
  newDirectory(): Promise<string>;
  /** A master on a directory, or on new data. */
  startMaster(directory?: string): Promise<MasterProcess>;
}

export interface BenchCase {
  /** What `--only` picks it by, and what its figures' ids begin with. */
  readonly name: string;
  run(context: BenchContext): Promise<readonly Figure[]>;
}

/** Code that has not run often is slow: nothing counts before that. */
export const WARM_UP_MS = 1500;
export const MEASURE_MS = 4000;
