import type { Clock } from '#common/base/clock.ts';
import type { Informers } from '#common/client/informers.ts';
import type { Overview } from '#common/contract/workloads.ts';
import { isNodeReady } from '#common/kube/node-status.ts';
import { namespaces, nodes, pods, replicationControllers, services } from '#common/kube/resources.ts';
import { until } from './until.ts';

const GATHER_MS = 100;

/** Sends the cluster in numbers, whenever one of them changes. */
export async function overviewStream(
  informers: Informers,
  clock: Clock,
  emit: (overview: Overview) => void,
  signal: AbortSignal,
): Promise<void> {
  const sources = {
    nodes: informers.for(nodes),
    pods: informers.for(pods),
    workloads: informers.for(replicationControllers),
    services: informers.for(services),
    namespaces: informers.for(namespaces),
  };
  await until(Promise.all(Object.values(sources).map(({ synced }) => synced)), signal);
  if (signal.aborted) return;

  const count = (): Overview => {
    const phases = sources.pods.list().map(({ status }) => status?.phase ?? 'Pending');
    const inPhase = (phase: string): number => phases.filter((other) => other === phase).length;
    const workloads = sources.workloads.list();
    return {
      nodes: { total: sources.nodes.size, ready: sources.nodes.list().filter(isNodeReady).length },
      pods: {
        total: phases.length,
        running: inPhase('Running'),
        pending: inPhase('Pending'),
        failed: inPhase('Failed'),
        succeeded: inPhase('Succeeded'),
      },
      workloads: {
        total: workloads.length,
        ready: workloads.filter(({ spec, status }) => (status?.readyReplicas ?? 0) >= (spec?.replicas ?? 0)).length,
      },
      services: sources.services.size,
      namespaces: sources.namespaces
        .list()
        .map(({ metadata }) => metadata.name)
        .sort(),
    };
  };

  let sent = '';
  const send = (): void => {
    const overview = count();
    const text = JSON.stringify(overview);
    if (text === sent) return;
    sent = text;
    emit(overview);
  };
  let timer: Disposable | undefined;
  const later = (): void => {
    timer ??= clock.after(GATHER_MS, () => {
      timer = undefined;
      send();
    });
  };
  send();
  const subscriptions = [
    sources.nodes.subscribe(later),
    sources.pods.subscribe(later),
    sources.workloads.subscribe(later),
    sources.services.subscribe(later),
    sources.namespaces.subscribe(later),
  ];
  await until(new Promise<never>(() => undefined), signal);
  for (const subscription of subscriptions) subscription[Symbol.dispose]();
  timer?.[Symbol.dispose]();
}
