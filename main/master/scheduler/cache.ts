import { keyOf, type ObjectKey, type Stored } from '#common/kube/object.ts';
import type { Node, Pod } from '#common/kube/resources.ts';
import { NodeInfo } from './framework/node-info.ts';
import type { Candidate } from './framework/plugin.ts';

/**
 * Nodes and what is on them, with the pods that were just placed and whose binding is still on its way:
 * the next pod must not be promised the same room.
 */
export class SchedulerCache {
  readonly #nodes = new Map<string, NodeInfo>();
  /** Where each known pod is. */
  readonly #places = new Map<ObjectKey, string>();

  putNode(node: Stored<Node>): void {
    this.#info(node.metadata.name).node = node;
  }

  removeNode(name: string): void {
    const info = this.#nodes.get(name);
    if (!info) return;
    info.node = undefined;
    if (info.podCount === 0) this.#nodes.delete(name);
  }

  /** A pod on a node, as seen or as assumed. */
  putPod(pod: Stored<Pod>, node: string): void {
    const key = keyOf(pod);
    const before = this.#places.get(key);
    if (before !== undefined && before !== node) this.removePod(key);
    this.#places.set(key, node);
    this.#info(node).put(pod);
  }

  /** Whether that made room. */
  removePod(key: ObjectKey): boolean {
    const place = this.#places.get(key);
    if (place === undefined) return false;
    this.#places.delete(key);
    const info = this.#nodes.get(place);
    info?.remove(key);
    if (info?.podCount === 0 && !info.node) this.#nodes.delete(place);
    return true;
  }

  candidates(): Candidate[] {
    return [...this.#nodes.values()].filter((info): info is Candidate => info.node !== undefined);
  }

  #info(name: string): NodeInfo {
    let info = this.#nodes.get(name);
    if (!info) {
      info = new NodeInfo();
      this.#nodes.set(name, info);
    }
    return info;
  }
}
