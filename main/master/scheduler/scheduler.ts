import { asError } from '#common/base/assert.ts';
import type { Clock } from '#common/base/clock.ts';
import { describeError, type Log } from '#common/base/log.ts';
import type { Random } from '#common/base/random.ts';
import type { Client } from '#common/client/client.ts';
import type { EventRecorder } from '#common/client/event-recorder.ts';
import type { Informer } from '#common/client/informer.ts';
import type { WorkQueue } from '#common/client/work-queue.ts';
import { keyOf, type KubeObject, type ObjectKey, type Stored } from '#common/kube/object.ts';
import { pods, type Node, type Pod } from '#common/kube/resources.ts';
import { isStatus } from '#common/kube/status-error.ts';
import { timeText } from '#common/kube/time.ts';
import { SchedulerCache } from './cache.ts';
import { chooseNode } from './framework/choose.ts';
import type { SchedulerPlugin } from './framework/plugin.ts';

export const SCHEDULER_NAME = 'default-scheduler';

export interface SchedulerContext {
  readonly client: Client;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Gives each new pod the node that suits it best; pods for which there is none wait until something changes. */
export class Scheduler {
  readonly #context: SchedulerContext;
  readonly #plugins: readonly SchedulerPlugin[];
  readonly #queue: WorkQueue<ObjectKey>;
  readonly #pods: Informer<Pod>;
  readonly #cache = new SchedulerCache();
  readonly #unschedulable = new Set<ObjectKey>();
  /** Placed, and not yet seen as bound. */
  readonly #assumed = new Set<ObjectKey>();

  constructor(
    context: SchedulerContext,
    plugins: readonly SchedulerPlugin[],
    podInformer: Informer<Pod>,
    nodeInformer: Informer<Node>,
    queue: WorkQueue<ObjectKey>,
  ) {
    this.#context = context;
    this.#plugins = plugins;
    this.#queue = queue;
    this.#pods = podInformer;
    nodeInformer.subscribe(({ current, previous }) => {
      if (current) this.#cache.putNode(current);
      else this.#cache.removeNode(previous!.metadata.name);
      if (current && !sameForScheduling(previous, current)) this.#retryAll();
    });
    podInformer.subscribe(({ current, previous }) => this.#podChanged(current, previous));
  }

  async schedule(key: ObjectKey): Promise<void> {
    const pod = this.#pods.get(key);
    if (!pod || !isWaiting(pod) || this.#assumed.has(key)) return;
    const choice = chooseNode(pod, this.#cache.candidates(), this.#plugins, this.#context.random);
    if ('message' in choice) {
      this.#unschedulable.add(key);
      await this.#reportFailure(pod, choice.message);
      return;
    }
    const node = choice.node.node.metadata.name;
    this.#assumed.add(key);
    this.#cache.putPod(pod, node);
    // The next pod is not kept waiting: bindings of many pods share a commit.
    void this.#bind(key, pod, node);
  }

  async #bind(key: ObjectKey, pod: Stored<Pod>, node: string): Promise<void> {
    const { client, events, log } = this.#context;
    const { namespace = '', name, uid } = pod.metadata;
    const body = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name, namespace, uid },
      target: { kind: 'Node', name: node },
    } as KubeObject;
    try {
      await client.createSubresource(pods, { namespace, name }, 'binding', body);
      events.record(reference(pod), 'Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to ${node}`);
    } catch (error) {
      this.#assumed.delete(key);
      if (!this.#pods.get(key)?.spec?.nodeName) this.#free(key);
      // Gone, or bound by someone else: nothing is left to do.
      if (isStatus(error, 'NotFound') || isStatus(error, 'Conflict')) return;
      log.warn('a pod could not be bound', { pod: key, node, error: describeError(asError(error)) });
      this.#queue.addAfter(key, 1000);
    }
  }

  #podChanged(current: Stored<Pod> | undefined, previous: Stored<Pod> | undefined): void {
    const key = keyOf((current ?? previous)!);
    if (!current || isFinished(current)) {
      this.#assumed.delete(key);
      this.#unschedulable.delete(key);
      this.#free(key);
      return;
    }
    if (current.spec?.nodeName) {
      this.#assumed.delete(key);
      this.#unschedulable.delete(key);
      this.#cache.putPod(current, current.spec.nodeName);
      return;
    }
    const isNews = !previous || previous.metadata.generation !== current.metadata.generation;
    if (isWaiting(current) && isNews) this.#queue.add(key);
  }

  #free(key: ObjectKey): void {
    if (this.#cache.removePod(key)) this.#retryAll();
  }

  /** Something changed that may make room. */
  #retryAll(): void {
    for (const key of this.#unschedulable) this.#queue.add(key);
    this.#unschedulable.clear();
  }

  async #reportFailure(pod: Stored<Pod>, message: string): Promise<void> {
    const { client, events, clock } = this.#context;
    events.record(reference(pod), 'Warning', 'FailedScheduling', message);
    const before = pod.status?.conditions?.find((condition) => condition.type === 'PodScheduled');
    if (before?.status === 'False' && before.message === message) return;
    const condition = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message,
      lastTransitionTime: before?.status === 'False' ? before.lastTransitionTime : timeText(clock.now()),
    };
    const { namespace = '', name } = pod.metadata;
    await client
      .patch(pods, { namespace, name }, 'strategic', { status: { conditions: [condition] } }, { subresource: 'status' })
      .catch((error: unknown) => {
        if (!isStatus(error, 'NotFound')) throw error;
      });
  }
}

function isWaiting(pod: Stored<Pod>): boolean {
  return (
    !pod.spec?.nodeName &&
    pod.metadata.deletionTimestamp === undefined &&
    (pod.spec?.schedulerName ?? SCHEDULER_NAME) === SCHEDULER_NAME &&
    (pod.spec?.schedulingGates ?? []).length === 0
  );
}

function isFinished(pod: Stored<Pod>): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** Heartbeats change nodes all the time, and make no room. */
function sameForScheduling(before: Stored<Node> | undefined, after: Stored<Node>): boolean {
  const relevant = (node: Stored<Node>): string =>
    JSON.stringify([node.spec, node.metadata.labels, node.status?.allocatable]);
  return before !== undefined && relevant(before) === relevant(after);
}

function reference(pod: Stored<Pod>): Parameters<EventRecorder['record']>[0] {
  const { namespace = '', name, uid, resourceVersion } = pod.metadata;
  return { apiVersion: 'v1', kind: 'Pod', namespace, name, uid, resourceVersion };
}
