import type { Scope } from '#common/base/scope.ts';
import type { Informer } from '#common/client/informer.ts';
import type { WorkQueue } from '#common/client/work-queue.ts';
import { formatRange, parseRange, rangeSize, rangesOverlap, type Ipv4Range } from '#common/kube/ipv4.ts';
import { keyOf, type ObjectKey } from '#common/kube/object.ts';
import { nodes, type Node } from '#common/kube/resources.ts';
import { runController, type Controller, type ControllerContext } from '../controller.ts';

/** A node has at most 110 pods by default: a /24 leaves addresses time to rest before they are used again. */
const NODE_BITS = 24;

/** Gives each node a part of the pods' range (upstream's range allocator). */
export function startNodeIpam(context: ControllerContext, podRange: Ipv4Range, scope: Scope): void {
  // Nodes are given their ranges one after the other, so no two get the same.
  runController<ObjectKey>('node-ipam', context, scope, (queue) => new NodeIpam(context, podRange, queue));
}

class NodeIpam implements Controller<ObjectKey> {
  readonly workers = 1;
  readonly #context: ControllerContext;
  readonly #range: Ipv4Range;
  readonly #nodes: Informer<Node>;
  /** Given out, and perhaps not yet seen by the informer. */
  readonly #given = new Map<ObjectKey, string>();

  constructor(context: ControllerContext, range: Ipv4Range, queue: WorkQueue<ObjectKey>) {
    this.#context = context;
    this.#range = range;
    this.#nodes = context.informers.for(nodes);
    this.#nodes.subscribe(({ current, previous }) => {
      const node = (current ?? previous)!;
      if (current) {
        if (!node.spec?.podCIDR) queue.add(keyOf(node));
        return;
      }
      this.#given.delete(keyOf(node));
      // One that found nothing free may find something now.
      for (const other of this.#nodes.list()) if (!other.spec?.podCIDR) queue.add(keyOf(other));
    });
  }

  get informers(): Controller['informers'] {
    return [this.#nodes];
  }

  async reconcile(key: ObjectKey): Promise<void> {
    const node = this.#nodes.get(key);
    if (!node || node.spec?.podCIDR) return;
    const range = this.#given.get(key) ?? this.#free();
    if (range === undefined) {
      const { name, uid } = node.metadata;
      this.#context.events.record(
        { apiVersion: 'v1', kind: 'Node', name, uid },
        'Warning',
        'CIDRNotAvailable',
        `Node ${name} status is now: CIDRNotAvailable`,
      );
      throw new Error('There is no range left for another node');
    }
    this.#given.set(key, range);
    await this.#context.client.patch(nodes, { name: node.metadata.name }, 'strategic', {
      spec: { podCIDR: range, podCIDRs: [range] },
    });
  }

  #free(): string | undefined {
    const held = this.#nodes.list().flatMap(({ spec }) => (spec?.podCIDR ? [spec.podCIDR] : []));
    const taken = [...this.#given.values(), ...held].flatMap(readRange);
    const size = rangeSize({ first: 0, bits: NODE_BITS });
    const end = this.#range.first + rangeSize(this.#range);
    for (let first = this.#range.first; first + size <= end; first += size) {
      const range = { first, bits: NODE_BITS };
      if (!taken.some((other) => rangesOverlap(range, other))) return formatRange(range);
    }
    return undefined;
  }
}

/** Whoever makes a Node may give it any text: one that is no IPv4 range takes no place in ours. */
function readRange(text: string): Ipv4Range[] {
  try {
    return [parseRange(text)];
  } catch {
    return [];
  }
}
