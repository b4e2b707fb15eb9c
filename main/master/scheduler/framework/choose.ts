import type { Random } from '#common/base/random.ts';
import type { Stored } from '#common/kube/object.ts';
import type { Pod } from '#common/kube/resources.ts';
import type { Candidate, SchedulerPlugin } from './plugin.ts';

export type Choice =
  | { readonly node: Candidate }
  /** Why not, in upstream's words. */
  | { readonly message: string };

/** The best node for a pod: of those that every plugin lets pass, the one with the highest score. */
export function chooseNode(
  pod: Stored<Pod>,
  candidates: readonly Candidate[],
  plugins: readonly SchedulerPlugin[],
  random: Random,
): Choice {
  if (candidates.length === 0) return { message: 'no nodes available to schedule pods' };
  const reasons = new Map<string, number>();
  const feasible = candidates.filter((node) => {
    for (const plugin of plugins) {
      const reason = plugin.filter?.(pod, node);
      if (reason === undefined) continue;
      for (const part of reason.split('\n')) reasons.set(part, (reasons.get(part) ?? 0) + 1);
      return false;
    }
    return true;
  });
  if (feasible.length === 0) return { message: fitError(candidates.length, reasons) };
  const totals = new Array<number>(feasible.length).fill(0);
  for (const plugin of plugins) {
    const scores = plugin.score?.(pod, feasible);
    scores?.forEach((score, index) => (totals[index]! += score * (plugin.weight ?? 1)));
  }
  const best = Math.max(...totals);
  const equals = feasible.filter((_, index) => totals[index] === best);
  return { node: equals[Math.floor(random.next() * equals.length)]! };
}

/** `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.` */
function fitError(count: number, reasons: ReadonlyMap<string, number>): string {
  const texts = [...reasons].map(([reason, times]) => `${times} ${reason}`).sort();
  return `0/${count} nodes are available: ${texts.join(', ')}.`;
}
