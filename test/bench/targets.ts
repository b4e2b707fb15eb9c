import type { Figure } from './figure.ts';

/** What a figure is to reach. Rates are to be at least, everything else at most. */
export interface Target {
  readonly value: number;
  /** Also for the slowest hundredth, in milliseconds. */
  readonly p99?: number;
  /** kube-apiserver 1.20 with etcd, taken the same way on the same kind of machine. */
  readonly upstream?: string;
}

const MB = 1e6;

export const targets: Readonly<Record<string, Target>> = {
  'start.first': { value: 2000, upstream: '4,000-4,900' },
  'start.existing': { value: 1000, upstream: '4,000-4,900' },
  'start.5000-pods': { value: 1000 },
  'idle.rss': { value: 120 * MB, upstream: '301 + 49 MB' },
  'idle.cpu': { value: 0.3, upstream: '3.0 + 1.05' },
  'memory.per-pod': { value: 25_000 },
  'get.64': { value: 10_000, p99: 30, upstream: '1,800-2,300, p99 71-92' },
  'create.1': { value: 600, upstream: '160-330' },
  'create.64': { value: 3000, upstream: '1,020-1,070' },
  'patch.16': { value: 2000, upstream: '500-600' },
  'list.1': { value: 40, upstream: '170-268' },
  'list.4-rss': { value: 4, upstream: '600 MB' },
  'watch.1000': { value: 35 },
  'watch.1000-from-answer': { value: 35, upstream: '38-42' },
  'delete-collection.5000': { value: 2000, upstream: '20,000' },
};

/** Where at least so much of a target is reached, it counts as nearly met. */
const FLOOR = 0.7;

export type Verdict = 'met' | 'nearly' | 'missed';

/** How a figure stands to its target; nothing where there is none. */
export function judge(figure: Figure): Verdict | undefined {
  const target = targets[figure.id];
  if (!target) return undefined;
  const rate = figure.unit === 'per s';
  // Memory may have been given back meanwhile.
  const value = Math.max(figure.value, Number.EPSILON);
  const parts = [rate ? value / target.value : target.value / value];
  if (target.p99 !== undefined && figure.p99 !== undefined) parts.push(target.p99 / figure.p99);
  const worst = Math.min(...parts);
  return worst >= 1 ? 'met' : worst >= FLOOR ? 'nearly' : 'missed';
}
