import type { Scope } from '#common/base/scope.ts';
import type { Informer } from '#common/client/informer.ts';
import type { WorkQueue } from '#common/client/work-queue.ts';
import { keyOf, objectKey, type ObjectKey, type Stored } from '#common/kube/object.ts';
import { nodes, pods, type Node, type Pod } from '#common/kube/resources.ts';
import { tolerates, type Taint } from '#common/kube/scheduling/taints.ts';
import { isStatus } from '#common/kube/status-error.ts';
import { runController, type Controller, type ControllerContext } from '../controller.ts';

/** What comes so much too late was kept by a sleeping computer: some clocks go on meanwhile, and some do not. */
const OVERSLEPT_MS = 10_000;

/** Removes pods from nodes with NoExecute taints that they do not tolerate, or no longer. */
export function startTaintEviction(context: ControllerContext, scope: Scope): { awoke(): void } {
  const build = (queue: WorkQueue<ObjectKey>): TaintEviction => new TaintEviction(context, queue);
  return runController<ObjectKey, TaintEviction>('taint-eviction', context, scope, build);
}

interface Stay {
  /** Since when the pod's node has been tainted. */
  readonly since: number;
  readonly dueAt: number;
}

class TaintEviction implements Controller<ObjectKey> {
  readonly workers = 4;
  readonly #context: ControllerContext;
  readonly #queue: WorkQueue<ObjectKey>;
  readonly #nodes: Informer<Node>;
  readonly #pods: Informer<Pod>;
  readonly #stays = new Map<ObjectKey, Stay>();

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
      if (!current) this.#stays.delete(keyOf(previous!));
      else if (current.spec?.nodeName && current.spec.nodeName !== previous?.spec?.nodeName) queue.add(keyOf(current));
    });
  }

  get informers(): Controller['informers'] {
    return [this.#nodes, this.#pods];
  }

  /** Every pod may stay for its whole time again: its node could not be heard. */
  awoke(): void {
    for (const key of this.#stays.keys()) {
      this.#stays.delete(key);
      this.#queue.add(key);
    }
  }

  async reconcile(key: ObjectKey): Promise<void> {
    const pod = this.#pods.get(key);
    const node = pod?.spec?.nodeName ? this.#nodes.get(objectKey(undefined, pod.spec.nodeName)) : undefined;
    if (!pod || !node || pod.metadata.deletionTimestamp !== undefined) return;
    const taints = noExecute(node);
    if (taints.length === 0) {
      this.#stays.delete(key);
      return;
    }
    const now = this.#context.clock.monotonic();
    const held = this.#stays.get(key);
    const since = held && now - held.dueAt <= OVERSLEPT_MS ? held.since : now;
    const dueAt = since + toleratedMs(pod, taints);
    this.#stays.set(key, { since, dueAt });
    const staysMs = dueAt - now;
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
