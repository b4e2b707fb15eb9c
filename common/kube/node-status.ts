import type { Stored } from './object.ts';
import type { Node } from './resources.ts';

/** `Ready`, `NotReady`, `Unknown`, `Ready,SchedulingDisabled`: STATUS of `kubectl get nodes`. */
export function nodeStatusText(node: Stored<Node>): string {
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready');
  const word = ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown';
  return node.spec?.unschedulable === true ? `${word},SchedulingDisabled` : word;
}

export function isNodeReady(node: Stored<Node>): boolean {
  return (
    node.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true
  );
}

/** The address by which the rest of the cluster reaches the node. */
export function nodeAddress(node: Stored<Node>): string | undefined {
  return node.status?.addresses?.find((address) => address.type === 'InternalIP')?.address;
}
