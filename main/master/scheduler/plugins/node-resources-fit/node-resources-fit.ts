import { podRequests } from '../../framework/resources.ts';
import { MAXIMUM_SCORE, type SchedulerPlugin } from '../../framework/plugin.ts';

/** What a container without requests is taken to use when nodes are compared (pkg/scheduler/util). */
const DEFAULT_MILLI_CPU = 100;
const DEFAULT_MEMORY = 200 * 1024 * 1024;

/** A pod runs only where what it asks for is free, and rather where more is (LeastAllocated). */
export const nodeResourcesFit: SchedulerPlugin = {
  name: 'NodeResourcesFit',
  filter(pod, node) {
    const problems: string[] = [];
    if (node.podCount + 1 > (node.allocatable['pods'] ?? 0)) problems.push('Too many pods');
    for (const [name, amount] of Object.entries(podRequests(pod))) {
      if (amount === 0) continue;
      const free = (node.allocatable[name] ?? 0) - (node.requested[name] ?? 0);
      if (amount > free) problems.push(`Insufficient ${name}`);
    }
    return problems.length > 0 ? problems.join('\n') : undefined;
  },
  score(pod, nodes) {
    const own = podRequests(pod);
    const cpu = own['cpu'] ?? DEFAULT_MILLI_CPU;
    const memory = own['memory'] ?? DEFAULT_MEMORY;
    return nodes.map(({ allocatable, requested, podCount }) => {
      // Pods that ask for nothing still use something.
      const usedCpu = Math.max(requested['cpu'] ?? 0, podCount * DEFAULT_MILLI_CPU) + cpu;
      const usedMemory = Math.max(requested['memory'] ?? 0, podCount * DEFAULT_MEMORY) + memory;
      const left = (capacity: number, used: number): number =>
        capacity <= 0 || used > capacity ? 0 : (MAXIMUM_SCORE * (capacity - used)) / capacity;
      return (left(allocatable['cpu'] ?? 0, usedCpu) + left(allocatable['memory'] ?? 0, usedMemory)) / 2;
    });
  },
};
