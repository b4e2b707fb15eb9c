import { parseQuantity, type Quantity } from '#common/kube/quantity.ts';
import { CreateContainerConfigError } from '../containers/errors.ts';
import type { ContainerSpec } from '../pod.ts';

const RESOURCES: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage']);

/**
 * A container's own limit or request as a number of `divisor`s, rounded up (pkg/api/v1/resource). A limit that
 * is not set is what the node can allocate.
 */
export function resourceField(
  container: ContainerSpec,
  reference: { readonly resource: string; readonly divisor?: string | number },
  allocatable: Readonly<Record<string, string>>,
): string {
  const [which, ...rest] = reference.resource.split('.');
  const name = rest.join('.');
  if ((which !== 'limits' && which !== 'requests') || !RESOURCES.has(name)) {
    throw new CreateContainerConfigError(`unsupported container resource : ${reference.resource}`);
  }
  const own = container.resources?.[which]?.[name];
  const fallback = which === 'limits' ? allocatable[name] : undefined;
  const value = parseQuantity(own ?? fallback ?? '0');
  const divisor = parseQuantity(reference.divisor ?? '0');
  return quotientText(value, divisor.nanos === 0n ? parseQuantity('1') : divisor);
}

function quotientText(value: Quantity, divisor: Quantity): string {
  const whole = value.nanos / divisor.nanos;
  const rounded = value.nanos % divisor.nanos === 0n ? whole : whole + 1n;
  return rounded.toString();
}
