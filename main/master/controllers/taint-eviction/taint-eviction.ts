import type { Scope } from '#common/base/scope.ts';
import type { Informer } from '#common/client/informer.ts';
import type { WorkQueue } from '#common/client/work-queue.ts';
import { keyOf, objectKey, type ObjectKey, type Stored } from '#common/kube/object.ts';
import { nodes, pods, type Node, type Pod } from '#common/kube/resources.ts';
import { tolerates, type Taint } from '#common/kube/scheduling/taints.ts';
import { isStatus } from '#common/kube/status-error.ts';
import { runController, type Controller, type ControllerContext } from '../controller.ts';

/** Removes pods from nodes with NoExecute taints that they do not tolerate, or no longer. */
export function startTaintEviction(context: ControllerContext, scope: Scope): void {
  runController<ObjectKey>('taint-eviction', context, scope, (queue) => new TaintEviction(context, queue));
}

class TaintEviction implements Controller<ObjectKey> {
  readonly workers = 4;
  readonly #context: ControllerContext;
  readonly #queue: WorkQueue<ObjectKey>;
  readonly #nodes: Informer<Node>;
  readonly #pods: Informer<Pod>;

  constructor(context: ControllerContext, queue: WorkQueue<ObjectKey>) {
    this.#context = context;
    this.#queue = queue;
    this.#nodes = context.informers.for(nodes);
    this.#pods = context.informers.for(pods);
    this.#pods.addIndex('node', (pod) => (pod.spec?.nodeName ? [pod.spec.nodeName] : []));
    this.#nodes.subscribe(({ current }) => {
      if (!current || noExecute(current).length === 0) return;
      for (const pod of this.#pods.byIndex('node', current.metadata.name)) queue.add(keyOf(pod));
    });
    this.#pods.subscribe(({ current, previous }) => {
      if (current?.spec?.nodeName && current.spec.nodeName !== previous?.spec?.nodeName) queue.add(keyOf(current));
    });
  }

  get informers(): Controller['informers'] {
    return [this.#nodes, this.#pods];
  }

  async reconcile(key: ObjectKey): Promise<void> {
    const pod = this.#pods.get(key);
    const node = pod?.spec?.nodeName ? this.#nodes.get(objectKey(undefined, pod.spec.nodeName)) : undefined;
    if (!pod || !node || pod.metadata.deletionTimestamp !== undefined) return;
    const staysMs = remainingMs(pod, noExecute(node), this.#context.clock.now());
    if (staysMs > 0) {
      if (Number.isFinite(staysMs)) this.#queue.addAfter(key, staysMs);
      return;
    }
    await this.#evict(pod);
  }

  async #evict(pod: Stored<Pod>): Promise<void> {
    const { namespace = '', name, uid } = pod.metadata;
    this.#context.events.record(
      { apiVersion: 'v1', kind: 'Pod', namespace, name, uid },
      'Normal',
      'TaintManagerEviction',
      `Marking for deletion Pod ${namespace}/${name}`,
    );
    await this.#context.client.delete(pods, { namespace, name }, { preconditions: { uid } }).catch((error: unknown) => {
      if (!isStatus(error, 'NotFound')) throw error;
    });
  }
}

function noExecute(node: Stored<Node>): Taint[] {
  return (node.spec?.taints ?? []).filter((taint) => taint.effect === 'NoExecute');
}

/** How long the pod may stay; infinity when for ever. */
function remainingMs(pod: Stored<Pod>, taints: readonly Taint[], now: number): number {
  let remaining = Number.POSITIVE_INFINITY;
  for (const taint of taints) {
    const matching = (pod.spec?.tolerations ?? []).filter((toleration) => tolerates(toleration, taint));
    if (matching.length === 0) return 0;
    const seconds = Math.min(...matching.map((toleration) => toleration.tolerationSeconds ?? Number.POSITIVE_INFINITY));
    const since = taint.timeAdded === undefined ? now : Date.parse(taint.timeAdded);
    remaining = Math.min(remaining, since + Math.max(0, seconds) * 1000 - now);
  }
  return remaining;
}
