import { mutableCopy } from '#common/base/freeze.ts';
import type { Scope } from '#common/base/scope.ts';
import type { Informer } from '#common/client/informer.ts';
import type { WorkQueue } from '#common/client/work-queue.ts';
import { keyOf, objectKey, type ObjectKey, type Stored } from '#common/kube/object.ts';
import { leases, nodes, pods, type Lease, type Node, type Pod } from '#common/kube/resources.ts';
import { isStatus } from '#common/kube/status-error.ts';
import { timeText } from '#common/kube/time.ts';
import { runController, type Controller, type ControllerContext } from '../controller.ts';
import { podCondition } from '../pods.ts';
import { taintsByCondition } from './taints.ts';

/** Without a heartbeat for so long a node is not known to be alive (--node-monitor-grace-period). */
export const GRACE_MS = 50_000;
/** A check that comes so much too late was kept by a sleeping computer, not by a silent node. */
const OVERSLEPT_MS = 10_000;
const LEASE_NAMESPACE = 'kube-node-lease';
const WATCHED_CONDITIONS = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

/** Sees by their leases which nodes live, and taints those that do not, so that nothing new goes there. */
export function startNodeLifecycle(context: ControllerContext, scope: Scope): { awoke(): void } {
  const build = (queue: WorkQueue<ObjectKey>): NodeLifecycle => new NodeLifecycle(context, queue);
  return runController<ObjectKey, NodeLifecycle>('node-lifecycle', context, scope, build);
}

interface Heartbeat {
  /** What was last seen to change: the lease's renewal. */
  readonly mark: string;
  /** When it was seen here; clocks of nodes are not trusted. */
  readonly seenAt: number;
  readonly dueAt: number;
}

class NodeLifecycle implements Controller<ObjectKey> {
  readonly workers = 4;
  readonly #context: ControllerContext;
  readonly #queue: WorkQueue<ObjectKey>;
  readonly #nodes: Informer<Node>;
  readonly #leases: Informer<Lease>;
  readonly #pods: Informer<Pod>;
  readonly #heartbeats = new Map<ObjectKey, Heartbeat>();

  constructor(context: ControllerContext, queue: WorkQueue<ObjectKey>) {
    this.#context = context;
    this.#queue = queue;
    this.#nodes = context.informers.for(nodes);
    this.#leases = context.informers.for(leases);
    this.#pods = context.informers.for(pods);
    this.#pods.addIndex('node', (pod) => (pod.spec?.nodeName ? [pod.spec.nodeName] : []));
    this.#nodes.subscribe(({ current, previous }) => {
      if (current) queue.add(keyOf(current));
      else this.#heartbeats.delete(keyOf(previous!));
    });
    this.#leases.subscribe(({ current }) => {
      if (current?.metadata.namespace === LEASE_NAMESPACE) queue.add(objectKey(undefined, current.metadata.name));
    });
  }

  get informers(): Controller['informers'] {
    return [this.#nodes, this.#leases, this.#pods];
  }

  async reconcile(key: ObjectKey): Promise<void> {
    const node = this.#nodes.get(key);
    if (!node) return;
    const silentMs = this.#silence(key);
    if (silentMs >= GRACE_MS) await this.#markUnknown(node);
    else this.#queue.addAfter(key, GRACE_MS - silentMs + 1);
    await this.#taint(node);
  }

  /** Gives every node that was alive its time anew, as to one that was never heard of before. */
  awoke(): void {
    for (const [key, { dueAt }] of this.#heartbeats) {
      // What was found silent before stays so until it is heard.
      if (dueAt === Number.POSITIVE_INFINITY) continue;
      this.#heartbeats.delete(key);
      this.#queue.add(key);
    }
  }

  /** For how long nothing was heard of the node. */
  #silence(key: ObjectKey): number {
    const now = this.#context.clock.monotonic();
    const mark = this.#leases.get(objectKey(LEASE_NAMESPACE, key))?.spec?.renewTime ?? '';
    const held = this.#heartbeats.get(key);
    const overslept = held !== undefined && now - held.dueAt > OVERSLEPT_MS;
    if (held?.mark !== mark || overslept) {
      if (overslept) this.#context.log.info('a node is given time after sleep', { node: key });
      this.#heartbeats.set(key, { mark, seenAt: now, dueAt: now + GRACE_MS });
      return 0;
    }
    // While it stays silent it is looked at again only when something changes.
    const silentMs = now - held.seenAt;
    if (silentMs >= GRACE_MS) this.#heartbeats.set(key, { ...held, dueAt: Number.POSITIVE_INFINITY });
    return silentMs;
  }

  async #markUnknown(node: Stored<Node>): Promise<void> {
    const conditions = node.status?.conditions ?? [];
    const known = WATCHED_CONDITIONS.filter(
      (type) => conditions.find((condition) => condition.type === type)?.status !== 'Unknown',
    );
    if (known.length > 0) {
      const now = timeText(this.#context.clock.now());
      const patch = known.map((type) => {
        const posted = conditions.find((condition) => condition.type === type);
        return {
          type,
          status: 'Unknown',
          reason: posted ? 'NodeStatusUnknown' : 'NodeStatusNeverUpdated',
          message: posted ? 'Kubelet stopped posting node status.' : 'Kubelet never posted node status.',
          lastHeartbeatTime: posted ? posted.lastHeartbeatTime : node.metadata.creationTimestamp,
          lastTransitionTime: now,
        };
      });
      const { name, uid } = node.metadata;
      await this.#context.client
        .patch(nodes, { name }, 'strategic', { status: { conditions: patch } }, { subresource: 'status' })
        .catch(unlessGone);
      this.#context.events.record(
        { apiVersion: 'v1', kind: 'Node', name, uid },
        'Normal',
        'NodeNotReady',
        `Node ${name} status is now: NodeNotReady`,
      );
    }
    await this.#markPodsNotReady(node.metadata.name);
  }

  /** Services must not send anything to where nobody answers. */
  async #markPodsNotReady(nodeName: string): Promise<void> {
    const ready = this.#pods.byIndex('node', nodeName).filter((pod) => podCondition(pod, 'Ready')?.status === 'True');
    const lastTransitionTime = timeText(this.#context.clock.now());
    await Promise.all(
      ready.map((pod) => {
        const { namespace = '', name } = pod.metadata;
        const patch = { status: { conditions: [{ type: 'Ready', status: 'False', lastTransitionTime }] } };
        return this.#context.client
          .patch(pods, { namespace, name }, 'strategic', patch, { subresource: 'status' })
          .then(() => undefined, unlessGone);
      }),
    );
  }

  async #taint(node: Stored<Node>): Promise<void> {
    const taints = taintsByCondition(node, this.#context.clock.now());
    if (!taints) return;
    const object = mutableCopy<Node>(node);
    object.spec = { ...object.spec, taints };
    // The version read must be the one written: taints of others are kept.
    await this.#context.client.update(nodes, object).catch((error: unknown) => {
      if (!isStatus(error, 'Conflict')) unlessGone(error);
    });
  }
}

function unlessGone(error: unknown): void {
  if (!isStatus(error, 'NotFound')) throw error;
}
