import type { EventRow, NodeRow, PodRow, ServiceRow, WorkloadRow } from '#common/contract/rows.ts';
import type { Deploy, Overview } from '#common/contract/workloads.ts';

/** What a cluster holds, as the window gets to see it. */
export interface ClusterData {
  readonly nodes: readonly NodeRow[];
  readonly pods: readonly PodRow[];
  readonly workloads: readonly WorkloadRow[];
  readonly services: readonly ServiceRow[];
  readonly events: readonly EventRow[];
}

export const noData: ClusterData = { nodes: [], pods: [], workloads: [], services: [], events: [] };

export function overviewOf(data: ClusterData): Overview {
  const count = (...statuses: string[]): number => data.pods.filter(({ status }) => statuses.includes(status)).length;
  const [running, succeeded, failed] = [count('Running'), count('Completed'), count('Error', 'Failed')];
  const namespaces = [...data.pods, ...data.workloads, ...data.services].map((row) => row.namespace);
  return {
    nodes: { total: data.nodes.length, ready: data.nodes.filter((node) => node.status === 'Ready').length },
    pods: {
      total: data.pods.length,
      running,
      succeeded,
      failed,
      pending: data.pods.length - running - succeeded - failed,
    },
    workloads: {
      total: data.workloads.length,
      ready: data.workloads.filter((workload) => workload.ready === workload.desired).length,
    },
    services: data.services.length,
    namespaces: [...new Set(['default', 'kube-system', ...namespaces])].sort(),
  };
}

export const ago = (seconds: number): string => new Date(Date.now() - seconds * 1_000).toISOString();

export function node(name: string, index: number, more: Partial<NodeRow> = {}): NodeRow {
  return {
    id: name,
    name,
    created: ago(2 * 3_600),
    status: 'Ready',
    tone: 'ok',
    address: `10.97.0.${index + 11}`,
    version: 'v1.34.0',
    runtime: 'containerd://1.7.27',
    os: 'Debian GNU/Linux 12 (bookworm)',
    kernel: '6.1.0-37-amd64',
    cpus: 2,
    memoryBytes: 2 * 2 ** 30,
    pods: 0,
    podCapacity: 110,
    ...more,
  };
}

export function pod(name: string, more: Partial<PodRow> = {}): PodRow {
  const namespace = more.namespace ?? 'default';
  return {
    id: `${namespace}/${name}`,
    name,
    namespace,
    created: ago(600),
    status: 'Running',
    tone: 'ok',
    ready: 1,
    containers: ['web'],
    restarts: 0,
    node: 'local-1',
    ip: '10.244.1.7',
    controller: `ReplicationController/${name.replace(/-[^-]*$/, '')}`,
    ...more,
  };
}

export function workload({ namespace, name, image, replicas }: Deploy, nodePort: number): WorkloadRow {
  return {
    id: `${namespace}/${name}`,
    name,
    namespace,
    created: ago(0),
    kind: 'ReplicationController',
    images: [image],
    desired: replicas,
    current: replicas,
    ready: 0,
    tone: 'info',
    urls: [`http://10.97.0.11:${nodePort}/`],
  };
}

export function service({ namespace, name, port, replicas }: Deploy, nodePort: number): ServiceRow {
  return {
    id: `${namespace}/${name}`,
    name,
    namespace,
    created: ago(0),
    type: 'NodePort',
    clusterIp: '10.98.14.203',
    ports: [`${port}:${nodePort}/TCP`],
    endpoints: replicas,
    urls: [`http://10.97.0.11:${nodePort}/`],
  };
}

export function event(id: number, more: Partial<EventRow> = {}): EventRow {
  return {
    id: `event-${id}`,
    name: `event-${id}`,
    namespace: 'default',
    created: ago(id * 37),
    type: 'Normal',
    reason: 'Scheduled',
    object: 'Pod/web-4kx2p',
    message: 'Successfully assigned default/web-4kx2p to local-1',
    count: 1,
    lastSeen: ago(id * 37),
    ...more,
  };
}
