import { milliValue, parseQuantity, quantityValue } from '#common/kube/quantity.ts';
import type { LinuxContainerResources } from '../../../cri/types.ts';
import type { ContainerSpec, PodStatus } from '../pod.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

export const CPU_PERIOD_US = 100_000;
const MINIMUM_QUOTA_US = 1000;
const MINIMUM_SHARES = 2;
const MAXIMUM_SHARES = 262_144;

/** The API server decides it; a pod without requests and limits is BestEffort. */
export function qosClassOf(status: PodStatus | undefined): QosClass {
  const qosClass = status?.qosClass;
  return qosClass === 'Guaranteed' || qosClass === 'Burstable' ? qosClass : 'BestEffort';
}

/** CRI limits of a container (kuberuntime_container_linux.go); `memoryCapacity` is the node's, in bytes. */
export function containerResources(
  container: ContainerSpec,
  qosClass: QosClass,
  memoryCapacity: number,
  cgroupVersion: 1 | 2,
): LinuxContainerResources {
  const cpuLimit = milliCpu(container, 'limits');
  const cpuRequest = milliCpu(container, 'requests') ?? cpuLimit ?? 0;
  return {
    cpuPeriod: CPU_PERIOD_US,
    cpuQuota: cpuLimit ? cpuQuota(cpuLimit) : 0,
    cpuShares: cpuShares(cpuRequest),
    memoryLimitInBytes: memoryBytes(container, 'limits') ?? 0,
    oomScoreAdj: oomScoreAdjustment(qosClass, memoryBytes(container, 'requests') ?? 0, memoryCapacity),
    // All processes of a container die together, as its users expect of one program.
    ...(cgroupVersion === 2 ? { unified: { 'memory.oom.group': '1' } } : {}),
  };
}

/** A thousand thousandths of a CPU are 1024 shares. */
export function cpuShares(milliCpus: number): number {
  return Math.min(MAXIMUM_SHARES, Math.max(MINIMUM_SHARES, Math.floor((milliCpus * 1024) / 1000)));
}

/** Microseconds per period. */
export function cpuQuota(milliCpus: number): number {
  return Math.max(MINIMUM_QUOTA_US, Math.floor((milliCpus * CPU_PERIOD_US) / 1000));
}

/** Who dies first when memory runs out (pkg/kubelet/qos/policy.go): 1000 is the first. */
export function oomScoreAdjustment(qosClass: QosClass, requestBytes: number, capacityBytes: number): number {
  switch (qosClass) {
    case 'Guaranteed':
      return -997;
    case 'BestEffort':
      return 1000;
    case 'Burstable': {
      const score = Math.floor(1000 - (1000 * requestBytes) / capacityBytes);
      return Math.min(999, Math.max(3, score));
    }
  }
}

export function milliCpu(container: ContainerSpec, which: 'limits' | 'requests'): number | undefined {
  const quantity = container.resources?.[which]?.['cpu'];
  return quantity === undefined ? undefined : milliValue(parseQuantity(quantity));
}

export function memoryBytes(container: ContainerSpec, which: 'limits' | 'requests'): number | undefined {
  const quantity = container.resources?.[which]?.['memory'];
  return quantity === undefined ? undefined : quantityValue(parseQuantity(quantity));
}
