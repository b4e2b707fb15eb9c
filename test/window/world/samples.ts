import type { OperationKind, OperationProgress } from '#common/contract/cluster.ts';
import type { Finding } from '#common/contract/finding.ts';
import { hostLabel, type HostWithSecrets } from '#common/contract/host.ts';
import { stepTexts } from '#common/i18n/steps.ts';
import { ago, event, node, pod, service, workload, type ClusterData } from './cluster-data.ts';

export const findings: readonly Finding[] = [
  { check: 'operating-system', outcome: 'ok', detail: 'Linux 6.1.0-37-amd64' },
  { check: 'administrator', outcome: 'ok', detail: 'root' },
  { check: 'distribution', outcome: 'ok', detail: 'Debian GNU/Linux 12' },
  { check: 'tools', outcome: 'ok', detail: 'ip, mmdebstrap, unshare' },
  { check: 'kernel', outcome: 'ok', detail: 'cgroup v2, overlayfs, veth' },
  { check: 'memory', outcome: 'ok', detail: '14.2 GiB' },
  { check: 'disk-state', outcome: 'ok', detail: '118 GiB' },
  { check: 'address-ranges', outcome: 'ok', detail: '10.97.0.0/24' },
];

export const troubledFindings: readonly Finding[] = [
  ...findings.slice(0, 1),
  { check: 'administrator', outcome: 'failed', detail: 'uid 1000', code: 'not-root' },
  ...findings.slice(2, 3),
  { check: 'tools', outcome: 'failed', code: 'tool-missing', params: { tool: 'mmdebstrap', package: 'mmdebstrap' } },
  ...findings.slice(4, 5),
  {
    check: 'memory',
    outcome: 'warning',
    detail: '1.1 GiB',
    code: 'memory-short',
    params: { available: '1.1 GiB', needed: '2 GiB' },
  },
  ...findings.slice(6),
];

export const fingerprint = `SHA256:${'Zm9vYmFy'.repeat(6).slice(0, 43)}`;

/** What is found on a machine: whoever is not root there needs the password `open sesame`. */
export function hostFindings({ secrets, ...host }: HostWithSecrets): readonly Finding[] {
  const { user, address } = host;
  const found = { host: hostLabel(host), outcome: 'ok' } as const;
  const refused = { check: 'sudo', host: found.host, outcome: 'failed', params: { host: address, user } } as const;
  const sudo: Finding =
    user === 'root'
      ? { ...found, check: 'sudo', detail: 'root' }
      : secrets.sudoPassword === undefined
        ? { ...refused, code: 'sudo-password-needed' }
        : secrets.sudoPassword === 'open sesame'
          ? { ...found, check: 'sudo', detail: 'sudo' }
          : { ...refused, code: 'sudo-denied' };
  return [
    { ...found, check: 'ssh-login', detail: found.host },
    { ...found, check: 'host-key', detail: fingerprint },
    { ...found, check: 'host-system', detail: 'Debian GNU/Linux 12 (bookworm), x86_64' },
    { ...found, check: 'host-free', detail: address },
    sudo,
  ];
}

const web = { namespace: 'default', name: 'web', image: 'pilothouse/web:1', replicas: 3, port: 8080 };
const shop = {
  namespace: 'shop',
  name: 'checkout',
  image: 'registry.example.com/shop/checkout:2.14.1',
  replicas: 4,
  port: 80,
};

/** A cluster of three nodes in which most is well, and something is not. */
export function busyCluster(): ClusterData {
  return {
    nodes: [
      node('local-1', 0, { pods: 5 }),
      node('local-2', 1, { pods: 4 }),
      node('local-3', 2, { pods: 2, status: 'Ready,SchedulingDisabled', tone: 'warn' }),
    ],
    pods: [
      pod('web-4kx2p', { node: 'local-1' }),
      pod('web-9fzqm', { node: 'local-2', restarts: 2 }),
      pod('web-vt7cd', { node: 'local-2', created: ago(45) }),
      pod('checkout-2hb8x', { namespace: 'shop', containers: ['checkout', 'proxy'], ready: 2, node: 'local-1' }),
      pod('checkout-jm5wq', {
        namespace: 'shop',
        containers: ['checkout', 'proxy'],
        ready: 1,
        tone: 'warn',
        message: 'containers with unready status: [proxy]',
        node: 'local-2',
      }),
      pod('checkout-kd6nz', {
        namespace: 'shop',
        containers: ['checkout', 'proxy'],
        ready: 0,
        status: 'ImagePullBackOff',
        tone: 'error',
        message: 'Back-off pulling image "registry.example.com/shop/checkout:2.14.1"',
        node: 'local-1',
      }),
      pod('checkout-xw4rt', {
        namespace: 'shop',
        containers: ['checkout', 'proxy'],
        ready: 0,
        status: 'ContainerCreating',
        tone: 'info',
        created: ago(4),
      }),
      pod('nightly-report-1', {
        namespace: 'shop',
        status: 'Completed',
        tone: 'done',
        ready: 0,
        controller: 'Job/nightly-report',
      }),
      pod('importer-b7m2c', {
        namespace: 'shop',
        status: 'CrashLoopBackOff',
        tone: 'error',
        ready: 0,
        restarts: 17,
        message: 'back-off 5m0s restarting failed container',
      }),
      pod('old-web-g4s8l', { status: 'Terminating', tone: 'leaving', node: 'local-3' }),
      pod('lost-q9d3f', { status: 'Unknown', tone: 'unknown', ready: 0, node: 'local-3' }),
    ],
    workloads: [
      { ...workload(web, 30_080), ready: 3, tone: 'ok', created: ago(600) },
      { ...workload(shop, 30_443), ready: 2, tone: 'warn', created: ago(86_400 * 3) },
    ],
    services: [
      { ...service(web, 30_080), created: ago(600) },
      { ...service(shop, 30_443), created: ago(86_400 * 3), endpoints: 2 },
      {
        ...service(web, 0),
        id: 'default/kubernetes',
        name: 'kubernetes',
        type: 'ClusterIP',
        clusterIp: '10.98.0.1',
        ports: ['443/TCP'],
        urls: [],
        endpoints: 1,
        created: ago(86_400 * 12),
      },
    ],
    events: [
      event(1, {
        type: 'Warning',
        reason: 'Failed',
        object: 'Pod/checkout-kd6nz',
        namespace: 'shop',
        message:
          'Failed to pull image "registry.example.com/shop/checkout:2.14.1": dial tcp: lookup registry.example.com: no such host',
        count: 12,
      }),
      event(2, {
        type: 'Warning',
        reason: 'BackOff',
        object: 'Pod/importer-b7m2c',
        namespace: 'shop',
        message: 'Back-off restarting failed container importer in pod importer-b7m2c',
        count: 61,
      }),
      event(3, { reason: 'Started', message: 'Started container web' }),
      event(4, { reason: 'Created', message: 'Created container: web' }),
      event(5, { reason: 'Pulled', message: 'Container image "pilothouse/web:1" already present on machine' }),
      event(6),
      event(7, { reason: 'SuccessfulCreate', object: 'ReplicationController/web', message: 'Created pod: web-4kx2p' }),
    ],
  };
}

/** As many pods as a small company has, one in fifty of them in trouble. */
export function crowdedCluster(count = 5_000): ClusterData {
  const pods = Array.from({ length: count }, (_, index) => {
    const name = `worker-${String(index).padStart(5, '0')}`;
    return index % 50 === 7
      ? pod(name, {
          status: 'CrashLoopBackOff',
          tone: 'error',
          ready: 0,
          restarts: index % 90,
          node: `local-${1 + (index % 3)}`,
        })
      : pod(name, { node: `local-${1 + (index % 3)}`, created: ago(index * 11) });
  });
  return { ...busyCluster(), pods };
}

export const hostileText = '<img src=x onerror="document.title=\'broken in\'">\u001b[31m‮{count}';

/** A cluster whose every text tries to be more than text. */
export function hostileCluster(): ClusterData {
  const busy = busyCluster();
  return {
    ...busy,
    pods: [
      pod('evil', {
        name: hostileText,
        status: hostileText,
        message: hostileText,
        node: hostileText,
        controller: hostileText,
        containers: [hostileText],
      }),
    ],
    workloads: [
      {
        ...busy.workloads[0]!,
        name: hostileText,
        images: [hostileText],
        urls: [
          'javascript:alert(1)',
          'data:text/html,<script>alert(1)</script>',
          'http://10.97.0.11:30080/"onmouseover="x',
        ],
      },
    ],
    events: [event(1, { type: 'Warning', reason: hostileText, object: hostileText, message: hostileText })],
  };
}

const EXPECTED_MS: Readonly<Record<string, number>> = {
  prepare: 4_000,
  machines: 6_000,
  runtime: 5_000,
  images: 4_000,
  verify: 8_000,
};

/** A create of `nodes` nodes that has come to step number `at`. */
export function createProgress(nodes: readonly string[], at: number): OperationProgress {
  return progressOf('create', nodes, at);
}

/** An operation on `nodes` that has come to step number `at`, or is past its end. */
export function progressOf(kind: OperationKind, nodes: readonly string[], at: number): OperationProgress {
  const ids = Object.keys(stepTexts[kind]);
  const startedAt = Date.now() - at * 3_000;
  return {
    kind,
    state: at >= ids.length ? 'done' : 'running',
    startedAt,
    ...(at >= ids.length ? { finishedAt: Date.now() } : {}),
    fraction: Math.min(1, at / ids.length),
    steps: ids.map((id, index) => {
      const state = index < at ? 'done' : index === at ? 'running' : 'waiting';
      const began = startedAt + index * 3_000;
      const times =
        state === 'waiting'
          ? {}
          : state === 'done'
            ? { startedAt: began, finishedAt: began + 2_800 }
            : { startedAt: began };
      return {
        id,
        state,
        ...times,
        expectedMs: EXPECTED_MS[id] ?? 2_000,
        ...(state === 'running'
          ? { line: '\u001b[32mUnpacking\u001b[0m runc (1.1.5+ds1-1+deb12u1) ...', fraction: 0.6 }
          : {}),
        nodes: nodes.map((name, n) => ({
          node: name,
          state: state === 'running' ? (['running', 'done', 'waiting'] as const)[n % 3]! : state,
          ...times,
          ...(state === 'running' ? { line: `${name}: systemctl start containerd` } : {}),
        })),
      };
    }),
  };
}
