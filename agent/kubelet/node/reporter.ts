import { isDeepStrictEqual } from 'node:util';
import { isAborted } from '#common/base/abort.ts';
import { describeError } from '#common/base/log.ts';
import type { DeepReadonly } from '#common/base/freeze.ts';
import { Backoff } from '#common/client/backoff.ts';
import type { Client } from '#common/client/client.ts';
import type { Stored } from '#common/kube/object.ts';
import { nodes, type Node } from '#common/kube/resources.ts';
import { isStatus } from '#common/kube/status-error.ts';
import type { AgentContext } from '../../base/context.ts';
import { withoutHeartbeats } from './conditions.ts';

export type NodeStatus = DeepReadonly<NonNullable<Node['status']>>;

export interface NodeDescription {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** What the node is like now; conditions change against `previous`. */
  status(previous: NodeStatus | undefined): Promise<NodeStatus>;
}

/** The kubelet's nodeStatusReportFrequency: how old the last report may become when nothing changes. */
const REPORT_MS = 300_000;

/** Registers the Node and keeps its status true: at once when it changes, and every five minutes. */
export class NodeReporter {
  readonly #client: Client;
  readonly #description: NodeDescription;
  readonly #context: AgentContext;
  #wake = Promise.withResolvers<void>();
  #node: Stored<Node> | undefined;
  /** What was told last: the API writes quantities in its own way, so its version does not compare. */
  #told: NodeStatus | undefined;
  #reportedAt = -Infinity;

  constructor(client: Client, description: NodeDescription, context: AgentContext) {
    this.#client = client;
    this.#description = description;
    this.#context = context;
  }

  /** The uid of the Node object, once it is known. */
  get uid(): string | undefined {
    return this.#node?.metadata.uid;
  }

  /** The Node as the API has it: others may have changed what we told, and are corrected. */
  noticed(node: Stored<Node>): void {
    if (!this.#node || BigInt(node.metadata.resourceVersion) <= BigInt(this.#node.metadata.resourceVersion)) return;
    this.#node = node;
    if (!sameConditions(node.status, this.#told)) this.refresh();
  }

  /** Something that the status tells of may have changed. */
  refresh(): void {
    this.#wake.resolve();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, log, random } = this.#context;
    const backoff = new Backoff({ firstMs: 200, maximumMs: 10_000, jitter: 0.5 }, random);
    const stop = (): void => this.refresh();
    signal.addEventListener('abort', stop, { once: true });
    while (!isAborted(signal)) {
      this.#wake = Promise.withResolvers<void>();
      let nextMs: number;
      try {
        await this.#report();
        backoff.reset();
        nextMs = REPORT_MS;
      } catch (error) {
        nextMs = backoff.nextMs();
        log.warn('the node status was not reported', { error: describeError(error), retryInMs: Math.round(nextMs) });
      }
      using _timer = clock.after(nextMs, () => this.refresh());
      if (!isAborted(signal)) await this.#wake.promise;
    }
    signal.removeEventListener('abort', stop);
  }

  async #report(): Promise<void> {
    const { name } = this.#description;
    this.#node ??= await this.#register();
    const before = this.#node.status;
    const status = await this.#description.status(before);
    const now = this.#context.clock.monotonic();
    const isTold = isDeepStrictEqual(withoutTimes(status), this.#told && withoutTimes(this.#told));
    if (now - this.#reportedAt < REPORT_MS && isTold && sameConditions(before, status)) return;
    this.#node = await this.#client.patch(
      nodes,
      { name },
      'strategic',
      { metadata: { uid: this.#node.metadata.uid }, status },
      { subresource: 'status' },
    );
    this.#told = status;
    this.#reportedAt = now;
  }

  async #register(): Promise<Stored<Node>> {
    const { name, labels } = this.#description;
    try {
      const created = await this.#client.create(nodes, {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name, labels: { ...labels } },
        spec: {},
        status: (await this.#description.status(undefined)) as NonNullable<Node['status']>,
      });
      this.#context.log.info('the node is registered', { node: name });
      return created;
    } catch (error) {
      if (!isStatus(error, 'AlreadyExists')) throw error;
    }
    const existing = await this.#client.get(nodes, { name });
    const missing = Object.entries(labels).some(([key, value]) => existing.metadata.labels?.[key] !== value);
    return missing
      ? this.#client.patch(nodes, { name }, 'strategic', { metadata: { labels: { ...labels } } })
      : existing;
  }
}

/** The API has the conditions that are ours as we tell them; others' stand beside them. */
function sameConditions(stored: NodeStatus | undefined, ours: NodeStatus | undefined): boolean {
  const told = withoutHeartbeats(stored?.conditions ?? []);
  return withoutHeartbeats(ours?.conditions ?? []).every((condition) =>
    isDeepStrictEqual(
      told.find(({ type }) => type === condition.type),
      condition,
    ),
  );
}

function withoutTimes(status: NodeStatus): unknown {
  return { ...status, conditions: withoutHeartbeats(status.conditions ?? []) };
}
