import type { Scope } from '#common/base/scope.ts';
import type { Informer } from '#common/client/informer.ts';
import type { WorkQueue } from '#common/client/work-queue.ts';
import { keyOf, objectKey, type ObjectKey, type Stored } from '#common/kube/object.ts';
import { nodes, pods, type Node, type Pod } from '#common/kube/resources.ts';
import { tolerates, type Taint } from '#common/kube/scheduling/taints.ts';
import { isStatus } from '#common/kube/status-error.ts';
import { runController, type Controller, type ControllerContext } from '../controller.ts';

/** Removes pods from nodes with NoExecute taints that they do not tolerate, or no longer. */
export function startTaintEviction(context: ControllerContext, scope: Scope): { awoke(): void } {
  const build = (queue: WorkQueue<ObjectKey>): TaintEviction => new TaintEviction(context, queue);
  return runController<ObjectKey, TaintEviction>('taint-eviction', context, scope, build);
}

class TaintEviction implements Controller<ObjectKey> {
  readonly workers = 4;
  readonly #context: ControllerContext;
  readonly #queue: WorkQueue<ObjectKey>;
  readonly #nodes: Informer<Node>;
  readonly #pods: Informer<Pod>;
  /** Since when each pod's node has been tainted, on the clock that stands still while the computer sleeps. */
  readonly #taintedSince = new Map<ObjectKey, number>();

  constructor(context: ControllerContext, queue: WorkQueue<ObjectKey>) {
    this.#context = context;
    this.#queue = queue;
    this.#nodes = context.informers.for(nodes);
    this.#pods = context.informers.for(pods);
    this.#pods.addIndex('node', (pod) => (pod.spec?.nodeName ? [pod.spec.nodeName] : []));
    this.#nodes.subscribe(({ current, previous }) => {
      if (!current || noExecute(current).length + noExecute(previous).length === 0) return;
      for (const pod of this.#pods.byIndex('node', current.metadata.name)) queue.add(keyOf(pod));
    });
    this.#pods.subscribe(({ current, previous }) => {
      if (!current) this.#taintedSince.delete(keyOf(previous!));
      else if (current.spec?.nodeName && current.spec.nodeName !== previous?.spec?.nodeName) queue.add(keyOf(current));
    });
  }

  get informers(): Controller['informers'] {
    return [this.#nodes, this.#pods];
  }

  /** Every pod may stay for its whole time again: its node could not be heard. */
  awoke(): void {
    const now = this.#context.clock.monotonic();
    for (const key of this.#taintedSince.keys()) this.#taintedSince.set(key, now);
  }

  async reconcile(key: ObjectKey): Promise<void> {
    const pod = this.#pods.get(key);
    const node = pod?.spec?.nodeName ? this.#nodes.get(objectKey(undefined, pod.spec.nodeName)) : undefined;
    if (!pod || !node || pod.metadata.deletionTimestamp !== undefined) return;
    const taints = noExecute(node);
    if (taints.length === 0) {
      this.#taintedSince.delete(key);
      return;
    }
    const now = this.#context.clock.monotonic();
    const since = this.#taintedSince.get(key) ?? now;
    this.#taintedSince.set(key, since);
    const staysMs = since + toleratedMs(pod, taints) - now;
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

function noExecute(node: Stored<Node> | undefined): Taint[] {
  return (node?.spec?.taints ?? []).filter((taint) => taint.effect === 'NoExecute');
}

/** For how long the pod may stay; infinity when for ever. The first toleration that fits a taint counts. */
function toleratedMs(pod: Stored<Pod>, taints: readonly Taint[]): number {
  const seconds = taints.map((taint) => {
    const toleration = (pod.spec?.tolerations ?? []).find((candidate) => tolerates(candidate, taint));
    return toleration ? (toleration.tolerationSeconds ?? Number.POSITIVE_INFINITY) : 0;
  });
  return Math.max(0, Math.min(...seconds)) * 1000;
}
