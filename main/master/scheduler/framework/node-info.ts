import { keyOf, type ObjectKey, type Stored } from '#common/kube/object.ts';
import type { Node, Pod } from '#common/kube/resources.ts';
import { add, amountsOf, podRequests, type Amounts } from './resources.ts';

/** A node with the pods that are on it or on their way there, and what they take of it together. */
export class NodeInfo {
  readonly #pods = new Map<ObjectKey, Stored<Pod>>();
  readonly #requested: Record<string, number> = {};
  #node: Stored<Node> | undefined;
  #allocatable: Amounts = {};

  get node(): Stored<Node> | undefined {
    return this.#node;
  }

  set node(node: Stored<Node> | undefined) {
    this.#node = node;
    this.#allocatable = amountsOf(node?.status?.allocatable);
  }

  get allocatable(): Amounts {
    return this.#allocatable;
  }

  get requested(): Amounts {
    return this.#requested;
  }

  get pods(): Iterable<Stored<Pod>> {
    return this.#pods.values();
  }

  get podCount(): number {
    return this.#pods.size;
  }

  /** Adds the pod, or replaces an earlier version of it. */
  put(pod: Stored<Pod>): void {
    this.remove(keyOf(pod));
    this.#pods.set(keyOf(pod), pod);
    add(this.#requested, podRequests(pod));
  }

  remove(key: ObjectKey): void {
    const held = this.#pods.get(key);
    if (!held) return;
    this.#pods.delete(key);
    add(this.#requested, podRequests(held), -1);
  }
}
