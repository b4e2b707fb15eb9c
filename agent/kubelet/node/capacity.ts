import type { AgentConfig } from '#common/contract/agent-config.ts';
import { MEMORY_THRESHOLD_BYTES } from './pressure.ts';

export type ResourceList = Readonly<Record<string, string>>;

/** Node.status.capacity and .allocatable; `diskBytes` is the size of the file system that holds the pods. */
export function nodeResources(
  capacity: AgentConfig['capacity'],
  diskBytes: number,
): { capacity: ResourceList; allocatable: ResourceList } {
  const cpu = Number.isInteger(capacity.cpus) ? String(capacity.cpus) : `${Math.floor(capacity.cpus * 1000)}m`;
  const pods = String(capacity.pods);
  return {
    capacity: {
      cpu,
      'ephemeral-storage': kibibytes(diskBytes),
      memory: kibibytes(capacity.memoryBytes),
      pods,
    },
    // As upstream: what the hard eviction thresholds keep back is not given to pods.
    allocatable: {
      cpu,
      'ephemeral-storage': String(Math.floor(diskBytes * 0.9)),
      memory: kibibytes(Math.max(0, capacity.memoryBytes - MEMORY_THRESHOLD_BYTES)),
      pods,
    },
  };
}

function kibibytes(bytes: number): string {
  return `${Math.floor(bytes / 1024)}Ki`;
}
