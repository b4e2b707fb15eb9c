import type { Clock } from '#common/base/clock.ts';
import type { Log } from '#common/base/log.ts';
import type { Random } from '#common/base/random.ts';
import type { Scope } from '#common/base/scope.ts';
import type { Client } from '#common/client/client.ts';
import { EventRecorder } from '#common/client/event-recorder.ts';
import { Informers } from '#common/client/informers.ts';
import { WorkQueue } from '#common/client/work-queue.ts';
import type { ObjectKey } from '#common/kube/object.ts';
import { nodes, pods } from '#common/kube/resources.ts';
import { componentUser, type User } from '../apiserver/authentication/user.ts';
import type { SchedulerPlugin } from './framework/plugin.ts';
import { nodeAffinity } from './plugins/node-affinity/node-affinity.ts';
import { nodeResourcesFit } from './plugins/node-resources-fit/node-resources-fit.ts';
import { nodeUnschedulable } from './plugins/node-unschedulable/node-unschedulable.ts';
import { spread } from './plugins/spread/spread.ts';
import { taintToleration } from './plugins/taint-toleration/taint-toleration.ts';
import { Scheduler, SCHEDULER_NAME } from './scheduler.ts';

/** In the order in which they filter: the cheap and the telling ones first. */
export const defaultPlugins: readonly SchedulerPlugin[] = [
  nodeUnschedulable,
  taintToleration,
  nodeAffinity,
  nodeResourcesFit,
  spread,
];

export interface SchedulerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export function startScheduler(
  clientOf: (user: User, name: string) => Client,
  options: SchedulerOptions,
  scope: Scope,
): void {
  const { clock, log } = options;
  const client = clientOf(componentUser('system:kube-scheduler'), 'kube-scheduler');
  const informers = new Informers(client, options, scope);
  const events = new EventRecorder(client, { component: SCHEDULER_NAME }, { clock, log });
  const queue = new WorkQueue<ObjectKey>(clock, log.with({ component: 'scheduler' }));
  const podInformer = informers.for(pods);
  const nodeInformer = informers.for(nodes);
  const scheduler = new Scheduler({ client, events, ...options }, defaultPlugins, podInformer, nodeInformer, queue);
  scope.run('scheduler', async (signal) => {
    await Promise.race([Promise.all([podInformer.synced, nodeInformer.synced]), aborted(signal)]);
    // One pod at a time: each decision counts with the ones before it.
    if (!signal.aborted) await queue.process(1, (key) => scheduler.schedule(key), signal);
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
