import { milliValue, parseQuantity, quantityValue } from '#common/kube/quantity.ts';
import { memoryBytes, milliCpu } from './containers/resources.ts';
import { podSpec, type StoredPod } from './pod.ts';

export interface Rejection {
  readonly reason: string;
  readonly message: string;
}

// Namespaced settings that a pod may change without touching the node or its neighbours (pkg/kubelet/sysctl).
const SAFE_SYSCTLS: ReadonlySet<string> = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
]);

/**
 * Why this node does not run the pod (kubelet's admission): it asks for what is not allowed, or for more than
 * is left beside `others`. Nothing when it is welcome. `allocatable` is the node's.
 */
export function rejection(
  pod: StoredPod,
  others: readonly StoredPod[],
  allocatable: Readonly<Record<string, string>>,
): Rejection | undefined {
  const spec = podSpec(pod);
  if ((spec.initContainers ?? []).length > 0) {
    return { reason: 'UnexpectedAdmissionError', message: 'Pod was rejected: this node does not run init containers' };
  }
  const unsafe = spec.securityContext?.sysctls?.find(({ name }) => !SAFE_SYSCTLS.has(name.replaceAll('/', '.')));
  if (unsafe) {
    return {
      reason: 'SysctlForbidden',
      message: `Pod was rejected: forbidden sysctl: "${unsafe.name}" not allowlisted`,
    };
  }
  const limits = [
    { name: 'pods', requested: 1, used: others.length, capacity: valueOf(allocatable['pods']) },
    {
      name: 'cpu',
      requested: total(pod, (container) => milliCpu(container, 'requests')),
      used: sum(others.map((other) => total(other, (container) => milliCpu(container, 'requests')))),
      capacity: milliValue(parseQuantity(allocatable['cpu'] ?? '0')),
    },
    {
      name: 'memory',
      requested: total(pod, (container) => memoryBytes(container, 'requests')),
      used: sum(others.map((other) => total(other, (container) => memoryBytes(container, 'requests')))),
      capacity: valueOf(allocatable['memory']),
    },
  ];
  for (const { name, requested, used, capacity } of limits) {
    if (requested === 0 || used + requested <= capacity) continue;
    return {
      reason: `OutOf${name}`,
      message: `Pod was rejected: Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
    };
  }
  return undefined;
}

type Container = ReturnType<typeof podSpec>['containers'][number];

function total(pod: StoredPod, of: (container: Container) => number | undefined): number {
  return sum(podSpec(pod).containers.map((container) => of(container) ?? 0));
}

function sum(values: readonly number[]): number {
  return values.reduce((left, right) => left + right, 0);
}

function valueOf(quantity: string | undefined): number {
  return quantityValue(parseQuantity(quantity ?? '0'));
}
