import { asError } from '#common/base/assert.ts';
import type { Scope } from '#common/base/scope.ts';
import type { WorkQueue } from '#common/client/work-queue.ts';
import { keyOf, objectKey, splitKey, type ObjectKey, type Stored } from '#common/kube/object.ts';
import { pods, replicationControllers, type Pod, type ReplicationController } from '#common/kube/resources.ts';
import { LabelSelector } from '#common/kube/selectors/labels.ts';
import { isStatus } from '#common/kube/status-error.ts';
import { runController, type Controller, type ControllerContext } from '../controller.ts';
import { Expectations } from '../expectations.ts';
import { controllerOf } from '../owners.ts';
import { byNamespace, isPodActive } from '../pods.ts';
import { slowStart } from '../slow-start.ts';
import { claimPods } from './claim.ts';
import { deletionOrder } from './deletion-order.ts';
import { podFromTemplate } from './pod-from-template.ts';
import { statusOf, writeStatus } from './status.ts';

/** At most so many pods are made or deleted in one round. */
const BURST = 500;

/** Keeps as many pods as each ReplicationController asks for. */
export function startReplication(context: ControllerContext, scope: Scope): void {
  runController<ObjectKey>('replication', context, scope, (queue) => new Replication(context, queue));
}

class Replication implements Controller<ObjectKey> {
  readonly workers = 5;
  readonly #context: ControllerContext;
  readonly #controllers;
  readonly #pods;
  readonly #expectations: Expectations<ObjectKey>;

  constructor(context: ControllerContext, queue: WorkQueue<ObjectKey>) {
    this.#context = context;
    this.#controllers = context.informers.for(replicationControllers);
    this.#pods = context.informers.for(pods);
    this.#pods.addIndex('namespace', byNamespace);
    this.#expectations = new Expectations(context.clock);
    this.#controllers.subscribe(({ current, previous }) => queue.add(keyOf((current ?? previous)!)));
    this.#pods.subscribe(({ current, previous }) => {
      for (const pod of [previous, current]) {
        if (!pod) continue;
        for (const key of this.#keysFor(pod)) {
          // Deletion counts as seen when the pod is marked: it is no longer active then.
          if (!current || current.metadata.deletionTimestamp !== undefined || !previous) {
            this.#expectations.seen(key, pod.metadata.uid);
          }
          queue.add(key);
        }
      }
    });
    this.#delay = (key, delayMs) => queue.addAfter(key, delayMs);
  }

  readonly #delay: (key: ObjectKey, delayMs: number) => void;

  get informers(): Controller['informers'] {
    return [this.#controllers, this.#pods];
  }

  async reconcile(key: ObjectKey): Promise<void> {
    const owner = this.#controllers.get(key);
    if (!owner) {
      this.#expectations.forget(key);
      return;
    }
    const { namespace = '' } = splitKey(key);
    const candidates = this.#pods.byIndex('namespace', namespace).filter(isPodActive);
    const owned = await claimPods(this.#context.client, owner, candidates);
    let failure: Error | undefined;
    if (this.#expectations.satisfied(key) && owner.metadata.deletionTimestamp === undefined) {
      failure = await this.#scale(key, owner, owned);
    }
    const status = statusOf(owner, owned, failure, this.#context.clock.now());
    await writeStatus(this.#context.client, owner, status);
    if (failure) throw failure;
    const { minReadySeconds = 0 } = owner.spec ?? {};
    // Pods become available by the mere passing of time.
    if (minReadySeconds > 0 && (status.readyReplicas ?? 0) > (status.availableReplicas ?? 0)) {
      this.#delay(key, minReadySeconds * 1000);
    }
  }

  /** Makes or deletes pods; gives back the error that kept it from it. */
  async #scale(
    key: ObjectKey,
    owner: Stored<ReplicationController>,
    owned: readonly Stored<Pod>[],
  ): Promise<Error | undefined> {
    const difference = owned.length - (owner.spec?.replicas ?? 0);
    if (difference < 0) {
      const { error } = await slowStart(Math.min(-difference, BURST), () => this.#createPod(key, owner));
      return error;
    }
    if (difference === 0) return undefined;
    const doomed = deletionOrder(owned).slice(0, Math.min(difference, BURST));
    const outcomes = await Promise.allSettled(doomed.map((pod) => this.#deletePod(key, owner, pod)));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    return failed && asError(failed.reason);
  }

  async #createPod(key: ObjectKey, owner: Stored<ReplicationController>): Promise<void> {
    const { client, events } = this.#context;
    try {
      const made = await client.create(pods, podFromTemplate(owner));
      if (!this.#pods.get(keyOf(made))) this.#expectations.expect(key, made.metadata.uid);
      events.record(reference(owner), 'Normal', 'SuccessfulCreate', `Created pod: ${made.metadata.name}`);
    } catch (error) {
      events.record(reference(owner), 'Warning', 'FailedCreate', `Error creating: ${asError(error).message}`);
      throw error;
    }
  }

  async #deletePod(key: ObjectKey, owner: Stored<ReplicationController>, pod: Stored<Pod>): Promise<void> {
    const { client, events } = this.#context;
    const { namespace = '', name, uid } = pod.metadata;
    this.#expectations.expect(key, uid);
    try {
      await client.delete(pods, { namespace, name }, { preconditions: { uid } });
      events.record(reference(owner), 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`);
    } catch (error) {
      this.#expectations.seen(key, uid);
      if (isStatus(error, 'NotFound')) return;
      events.record(reference(owner), 'Warning', 'FailedDelete', `Error deleting: ${asError(error).message}`);
      throw error;
    }
  }

  /** The controllers that a pod concerns: its own, or all that could adopt it. */
  #keysFor(pod: Stored<Pod>): ObjectKey[] {
    const owner = controllerOf(pod);
    const { namespace } = pod.metadata;
    if (owner) {
      return owner.kind === 'ReplicationController' && owner.apiVersion === 'v1'
        ? [objectKey(namespace, owner.name)]
        : [];
    }
    return this.#controllers
      .list()
      .filter(
        (controller) =>
          controller.metadata.namespace === namespace &&
          LabelSelector.fromMap(controller.spec?.selector).matches(pod.metadata.labels),
      )
      .map(keyOf);
  }
}

function reference(owner: Stored<ReplicationController>): Parameters<ControllerContext['events']['record']>[0] {
  const { namespace = '', name, uid, resourceVersion } = owner.metadata;
  return { apiVersion: 'v1', kind: 'ReplicationController', namespace, name, uid, resourceVersion };
}
