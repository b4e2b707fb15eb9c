import type { DeepReadonly } from '#common/base/freeze.ts';
import { milliValue, parseQuantity, quantityValue } from '#common/kube/quantity.ts';
import type { Stored } from '#common/kube/object.ts';
import type { Pod } from '#common/kube/resources.ts';

/** Amounts by resource name: cpu in thousandths, everything else in whole units. */
export type Amounts = Readonly<Record<string, number>>;

type Quantities = DeepReadonly<Record<string, string | number>>;

export function amountsOf(quantities: Quantities | undefined): Record<string, number> {
  const amounts: Record<string, number> = {};
  for (const [name, text] of Object.entries(quantities ?? {})) {
    const quantity = parseQuantity(text);
    amounts[name] = name === 'cpu' ? milliValue(quantity) : quantityValue(quantity);
  }
  return amounts;
}

/**
 * What a pod asks for: its containers together, or its largest init container, and its overhead. Init
 * containers that stay (sidecars) run beside those after them (component-helpers resource/v1).
 */
export function podRequests(pod: Stored<Pod>): Amounts {
  const total: Record<string, number> = {};
  for (const container of pod.spec?.containers ?? []) add(total, amountsOf(container.resources?.requests));
  const sidecars: Record<string, number> = {};
  const peak: Record<string, number> = {};
  for (const container of pod.spec?.initContainers ?? []) {
    const own = amountsOf(container.resources?.requests);
    if (container.restartPolicy === 'Always') add(sidecars, own);
    const together = { ...sidecars };
    if (container.restartPolicy !== 'Always') add(together, own);
    for (const [name, amount] of Object.entries(together)) peak[name] = Math.max(peak[name] ?? 0, amount);
  }
  add(total, sidecars);
  for (const [name, amount] of Object.entries(peak)) total[name] = Math.max(total[name] ?? 0, amount);
  add(total, amountsOf(pod.spec?.overhead));
  return total;
}

export function add(target: Record<string, number>, amounts: Amounts, sign: 1 | -1 = 1): void {
  for (const [name, amount] of Object.entries(amounts)) target[name] = (target[name] ?? 0) + sign * amount;
}
