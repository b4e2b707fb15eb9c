import type { Stored } from '#common/kube/object.ts';
import type { Pod } from '#common/kube/resources.ts';
import type { Collection } from '../../../store/cache/collection.ts';
import { visitReferences, type ReferredKind } from './pod-references.ts';

/**
 * Which objects the pods of each node need, counted by pods (plugin/pkg/auth/authorizer/node, graph). Kept
 * from what is durable: a kubelet that hears of its pod may at once read what the pod refers to.
 */
export class ReferenceGraph implements Disposable {
  readonly #pods: Collection;
  readonly #byNode = new Map<string, Map<string, number>>();
  readonly #watch: Disposable;

  constructor(pods: Collection) {
    this.#pods = pods;
    for (const { value } of pods.under()) this.#count(value as Stored<Pod>, 1);
    this.#watch = pods.subscribe(({ current, previous }) => {
      const [after, before] = [current?.value as Stored<Pod> | undefined, previous?.value as Stored<Pod> | undefined];
      if (after && before && sameReferences(after, before)) return;
      if (after) this.#count(after, 1);
      if (before) this.#count(before, -1);
    });
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }

  /** Whether a pod that is bound to the node refers to the object. */
  needs(node: string, kind: ReferredKind, namespace: string, name: string): boolean {
    return this.#byNode.get(node)?.has(keyOf(kind, namespace, name)) ?? false;
  }

  runs(node: string, namespace: string, name: string): boolean {
    const pod = this.#pods.get(`${namespace}/${name}`)?.value as Stored<Pod> | undefined;
    return pod?.spec?.nodeName === node;
  }

  #count(pod: Stored<Pod>, step: 1 | -1): void {
    const node = pod.spec?.nodeName;
    if (!node) return;
    const counts = this.#byNode.get(node) ?? new Map<string, number>();
    visitReferences(pod, (kind, name) => {
      const key = keyOf(kind, pod.metadata.namespace ?? '', name);
      const count = (counts.get(key) ?? 0) + step;
      if (count === 0) counts.delete(key);
      else counts.set(key, count);
    });
    if (counts.size === 0) this.#byNode.delete(node);
    else this.#byNode.set(node, counts);
  }
}

/** What a pod refers to stays, once it is bound, but for the ephemeral containers that it is given. */
function sameReferences(after: Stored<Pod>, before: Stored<Pod>): boolean {
  return (
    after.metadata.uid === before.metadata.uid &&
    after.spec?.nodeName === before.spec?.nodeName &&
    (after.spec?.ephemeralContainers ?? []).length === (before.spec?.ephemeralContainers ?? []).length
  );
}

function keyOf(kind: ReferredKind, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}
