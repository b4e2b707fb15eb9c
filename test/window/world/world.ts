import { AppError } from '#common/base/app-error.ts';
import { abortReason } from '#common/base/abort.ts';
import {
  clusterIdSchema,
  type ClusterId,
  type ClusterSummary,
  type OperationProgress,
} from '#common/contract/cluster.ts';
import { preferencesSchema, type Contract, type WindowHandlers } from '#common/contract/contract.ts';
import type { ResultOf } from '#common/contract/define.ts';
import type { Finding } from '#common/contract/finding.ts';
import type { PodRow } from '#common/contract/rows.ts';
import type { Deploy } from '#common/contract/workloads.ts';
import { Cell } from './cell.ts';
import { ago, noData, node, overviewOf, pod, service, workload, type ClusterData } from './cluster-data.ts';
import { followRows } from './rows.ts';
import { createProgress, findings, fingerprint, hostFindings, progressOf } from './samples.ts';

/**
 * A main process for tests of the page: every handler of the contract over a state in memory, which
 * changes only when the page or the test asks for it.
 */
export class World {
  info: ResultOf<Contract['app.info']> = {
    version: '0.1.0',
    door: 'browser',
    languages: ['en-US'],
    host: { cpus: 8, memoryBytes: 16 * 2 ** 30, platform: 'linux' },
    sampleImages: ['pilothouse/web:1', 'pilothouse/web:2'],
    providers: ['namespace', 'multipass', 'ssh'],
  };
  readonly preferences = new Cell(preferencesSchema.parse({}));
  readonly preflight = new Cell<{ finished: boolean; findings: Finding[] }>({
    finished: true,
    findings: [...findings],
  });
  readonly clusters = new Cell<readonly ClusterSummary[]>([]);
  readonly logs = new Cell<readonly string[]>(['listening on :8080']);
  /** What the page has called, oldest first. */
  readonly calls: { readonly name: string; readonly args: unknown }[] = [];
  readonly #data = new Map<ClusterId, Cell<ClusterData>>();
  readonly #progress = new Map<ClusterId, Cell<OperationProgress | null>>();
  readonly #failures = new Map<string, AppError>();
  readonly #held = new Set<string>();
  #lastPod = 0;

  /** Adds a running cluster that holds `data`. */
  addCluster(name: string, data: ClusterData = noData, more: Partial<ClusterSummary> = {}): ClusterId {
    const id = clusterIdSchema.parse(`c${String(this.#data.size + 1).padStart(5, '0')}`);
    const summary: ClusterSummary = {
      id,
      name,
      provider: 'namespace',
      phase: 'running',
      nodes: data.nodes.map((row) => ({
        name: row.name,
        machine: 'running',
        ...(row.address ? { address: row.address } : {}),
      })),
      server: 'https://127.0.0.1:16443',
      ...more,
    };
    this.#data.set(id, new Cell(data));
    this.#progress.set(id, new Cell<OperationProgress | null>(null));
    this.clusters.update((all) => [...all, summary]);
    return id;
  }

  change(id: ClusterId, change: Partial<ClusterSummary>): void {
    this.clusters.update((all) => all.map((one) => (one.id === id ? { ...one, ...change } : one)));
  }

  data(id: ClusterId): Cell<ClusterData> {
    const found = this.#data.get(id);
    if (!found) throw new AppError('cluster-missing', { params: { cluster: id } });
    return found;
  }

  progress(id: ClusterId): Cell<OperationProgress | null> {
    const found = this.#progress.get(id);
    if (!found) throw new AppError('cluster-missing', { params: { cluster: id } });
    return found;
  }

  /** Lets every call or stream of this name fail, until `work` is called. */
  fail(name: keyof Contract, error: AppError): void {
    this.#failures.set(name, error);
  }

  /** Lets calls and streams of this name wait without an answer. */
  hold(name: keyof Contract): void {
    this.#held.add(name);
  }

  work(name: keyof Contract): void {
    this.#failures.delete(name);
    this.#held.delete(name);
  }

  /** Every pod that was starting runs now, and what waited for it is ready. */
  settle(id: ClusterId): void {
    this.data(id).update((data) => {
      const pods = data.pods.map((one): PodRow =>
        one.status === 'ContainerCreating' ? { ...one, status: 'Running', tone: 'ok', ready: 1 } : one,
      );
      return withCounts({ ...data, pods });
    });
  }

  /** What is being done to a cluster comes to its end. */
  finish(id: ClusterId): void {
    const { value } = this.progress(id);
    if (!value) return;
    const { nodes } = this.#summary(id);
    const own = new Set(nodesOf(value));
    this.progress(id).set(progressOf(value.kind, [...own], 99));
    switch (value.kind) {
      case 'create':
      case 'start':
      case 'add-node':
        this.change(id, {
          phase: 'running',
          server: 'https://127.0.0.1:16443',
          nodes: nodes.map((one, index) => ({ ...one, machine: 'running', address: `10.97.0.${index + 11}` })),
        });
        this.data(id).update((data) => ({
          ...data,
          nodes: nodes.map(
            ({ name }, index) => data.nodes.find((row) => row.id === name) ?? node(name, index, { created: ago(3) }),
          ),
        }));
        return;
      case 'remove-node':
        this.change(id, { nodes: nodes.filter(({ name }) => !own.has(name)) });
        this.data(id).update((data) => ({ ...data, nodes: data.nodes.filter((row) => !own.has(row.id)) }));
        return;
      case 'stop':
        this.change(id, {
          phase: 'stopped',
          server: undefined,
          nodes: nodes.map(({ name }) => ({ name, machine: 'stopped' })),
        });
        return;
      case 'delete':
        this.clusters.update((all) => all.filter((one) => one.id !== id));
        return;
      default:
        value.kind satisfies never;
    }
  }

  /** What is being done to a cluster fails at step number `at`, for each node by its own error. */
  failAt(id: ClusterId, at: number, errors: Readonly<Record<string, AppError>>): void {
    const { value } = this.progress(id);
    const first = Object.values(errors)[0];
    if (!value || !first) return;
    const now = progressOf(value.kind, nodesOf(value), at);
    const failed = { state: 'failed', finishedAt: Date.now() } as const;
    this.progress(id).set({
      ...now,
      ...failed,
      steps: now.steps.map((step, index) =>
        index === at
          ? {
              ...step,
              ...failed,
              error: first.toShape(),
              nodes: step.nodes.map((row) => {
                const error = errors[row.node];
                return error ? { ...row, ...failed, error: error.toShape() } : { ...row, state: 'done' as const };
              }),
            }
          : step,
      ),
    });
    const stands = value.kind !== 'create' && value.kind !== 'delete';
    this.change(id, { phase: stands ? 'running' : 'failed', error: first.toShape() });
  }

  #summary(id: ClusterId): ClusterSummary {
    const found = this.clusters.value.find((one) => one.id === id);
    if (!found) throw new AppError('cluster-missing', { params: { cluster: id } });
    return found;
  }

  #newPods(data: ClusterData, namespace: string, name: string, count: number): readonly PodRow[] {
    return Array.from({ length: count }, () => {
      const number = ++this.#lastPod;
      const nodes = data.nodes.map((one) => one.name);
      return pod(`${name}-${String(number).padStart(5, 'x')}`, {
        namespace,
        status: 'ContainerCreating',
        tone: 'info',
        ready: 0,
        created: ago(0),
        node: nodes[number % Math.max(1, nodes.length)],
        controller: `ReplicationController/${name}`,
      });
    });
  }

  #deploy(id: ClusterId, wanted: Deploy): void {
    const data = this.data(id);
    if (data.value.workloads.some((one) => one.name === wanted.name)) {
      throw new AppError('name-taken', { params: { name: wanted.name } });
    }
    const nodePort = 30_080 + data.value.services.length;
    data.update((now) => ({
      ...now,
      pods: [...now.pods, ...this.#newPods(now, wanted.namespace, wanted.name, wanted.replicas)],
      workloads: [...now.workloads, workload(wanted, nodePort)],
      services: [...now.services, service(wanted, nodePort)],
    }));
  }

  #scale(id: ClusterId, namespace: string, name: string, replicas: number): void {
    this.data(id).update((now) => {
      const own = now.pods.filter((one) => one.controller === `ReplicationController/${name}`);
      const gone = new Set(own.slice(replicas).map((one) => one.id));
      const more = this.#newPods(now, namespace, name, Math.max(0, replicas - own.length));
      return withCounts({
        ...now,
        pods: [...now.pods.filter((one) => !gone.has(one.id)), ...more],
        workloads: now.workloads.map((one) =>
          one.name === name ? { ...one, desired: replicas, current: replicas } : one,
        ),
      });
    });
  }

  #setMachine(id: ClusterId, name: string, machine: 'running' | 'stopped'): void {
    const { nodes } = this.#summary(id);
    this.change(id, { nodes: nodes.map((one) => (one.name === name ? { ...one, machine } : one)) });
    const row =
      machine === 'running'
        ? ({ status: 'Ready', tone: 'ok' } as const)
        : ({ status: 'NotReady', tone: 'error' } as const);
    this.data(id).update((now) => ({
      ...now,
      nodes: now.nodes.map((one) => (one.name === name ? { ...one, ...row } : one)),
    }));
  }

  async #gate(name: keyof Contract, args: unknown, signal: AbortSignal): Promise<void> {
    this.calls.push({ name, args });
    const failure = this.#failures.get(name);
    if (failure) throw failure;
    if (!this.#held.has(name)) return;
    if (signal.aborted) throw abortReason(signal);
    await new Promise((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(abortReason(signal)), { once: true }),
    );
  }

  readonly handlers: WindowHandlers = {
    'app.info': async (args, signal) => {
      await this.#gate('app.info', args, signal);
      return this.info;
    },
    'app.preferences': (_args, emit, signal) => this.preferences.follow(emit, signal),
    'app.newUrl': async (args, signal) => {
      await this.#gate('app.newUrl', args, signal);
      return { url: 'http://127.0.0.1:1/open' };
    },
    'app.collectLogs': async (args, signal) => {
      await this.#gate('app.collectLogs', args, signal);
      return null;
    },
    'app.quit': async (args, signal) => {
      await this.#gate('app.quit', args, signal);
      return null;
    },
    'app.setPreferences': async (change, signal) => {
      await this.#gate('app.setPreferences', change, signal);
      const set = Object.entries(change);
      this.preferences.update((now) => ({ ...now, ...Object.fromEntries(set) }));
      return null;
    },
    'machines.preflight': async (args, emit, signal) => {
      await this.#gate('machines.preflight', args, signal);
      if (args.provider === 'ssh') {
        emit({ finished: true, findings: args.hosts.flatMap((host) => hostFindings(host)) });
        return;
      }
      await this.preflight.follow(emit, signal);
    },
    'clusters.watch': async (args, emit, signal) => {
      await this.#gate('clusters.watch', args, signal);
      await this.clusters.follow((all) => emit([...all]), signal);
    },
    'clusters.create': async (args, signal) => {
      await this.#gate('clusters.create', args, signal);
      if (this.clusters.value.some(({ name }) => name === args.name)) {
        throw new AppError('cluster-name-taken', { params: { name: args.name } });
      }
      const names = Array.from({ length: args.nodes }, (_, index) => `${args.name}-${index + 1}`);
      const id = this.addCluster(args.name, noData, {
        provider: args.provider,
        phase: 'creating',
        nodes: names.map((name) => ({
          name,
          machine: 'absent',
          ...(args.provider === 'ssh' ? { hostKey: fingerprint } : {}),
        })),
      });
      this.progress(id).set(createProgress(names, 0));
      return { id };
    },
    'clusters.resume': async (args, signal) => {
      await this.#gate('clusters.resume', args, signal);
      const { phase, nodes } = this.#summary(args.cluster);
      const names = nodes.map(({ name }) => name);
      const { value } = this.progress(args.cluster);
      if (phase === 'stopped') {
        this.change(args.cluster, { phase: 'starting', error: undefined });
        this.progress(args.cluster).set(progressOf('start', names, 1));
      } else if (phase === 'failed') {
        this.change(args.cluster, { phase: 'creating', error: undefined });
        this.progress(args.cluster).set(createProgress(names, 4));
      } else if (value) {
        this.change(args.cluster, { error: undefined });
        this.progress(args.cluster).set(progressOf(value.kind, nodesOf(value), 1));
      }
      return null;
    },
    'clusters.cancel': async (args, signal) => {
      await this.#gate('clusters.cancel', args, signal);
      this.change(args.cluster, { phase: 'failed', error: new AppError('cancelled').toShape() });
      this.progress(args.cluster).update((now) => now && { ...now, state: 'cancelled', finishedAt: Date.now() });
      return null;
    },
    'clusters.stop': async (args, signal) => {
      await this.#gate('clusters.stop', args, signal);
      this.change(args.cluster, { phase: 'stopping' });
      const names = this.#summary(args.cluster).nodes.map(({ name }) => name);
      this.progress(args.cluster).set(progressOf('stop', names, 0));
      return null;
    },
    'clusters.addNode': async (args, signal) => {
      await this.#gate('clusters.addNode', args, signal);
      const { name, nodes } = this.#summary(args.cluster);
      const added = args.node ?? `${name}-${nodes.length + 1}`;
      const hostKey = args.host ? { hostKey: fingerprint } : {};
      this.change(args.cluster, { nodes: [...nodes, { name: added, machine: 'starting', ...hostKey }] });
      this.progress(args.cluster).set(progressOf('add-node', [added], 1));
      return { node: added };
    },
    'clusters.removeNode': async (args, signal) => {
      await this.#gate('clusters.removeNode', args, signal);
      this.progress(args.cluster).set(progressOf('remove-node', [args.node], 0));
      return null;
    },
    'clusters.loadImage': async (args, signal) => {
      await this.#gate('clusters.loadImage', args, signal);
      return { images: [], nodes: [] };
    },
    'clusters.delete': async (args, signal) => {
      await this.#gate('clusters.delete', args, signal);
      this.clusters.update((all) => all.filter(({ id }) => id !== args.cluster));
      return null;
    },
    'clusters.progress': async ({ cluster }, emit, signal) => {
      await this.#gate('clusters.progress', { cluster }, signal);
      await this.progress(cluster).follow(emit, signal);
    },
    'clusters.kubeconfig': async (args, signal) => {
      await this.#gate('clusters.kubeconfig', args, signal);
      return {
        yaml: 'apiVersion: v1\nkind: Config\ncurrent-context: local\nclusters:\n  - name: local\n    cluster:\n      server: https://127.0.0.1:16443\n',
      };
    },
    'clusters.startNode': async (args, signal) => {
      await this.#gate('clusters.startNode', args, signal);
      this.#setMachine(args.cluster, args.node, 'running');
      return null;
    },
    'clusters.stopNode': async (args, signal) => {
      await this.#gate('clusters.stopNode', args, signal);
      this.#setMachine(args.cluster, args.node, 'stopped');
      return null;
    },
    'cluster.overview': async ({ cluster }, emit, signal) => {
      await this.#gate('cluster.overview', { cluster }, signal);
      await this.data(cluster).follow((data) => emit(overviewOf(data)), signal);
    },
    // As the master's thread answers it: in bytes that nobody on the way reads.
    'cluster.rows': {
      raw: async (query, emit, signal) => {
        await this.#gate('cluster.rows', query, signal);
        const encoder = new TextEncoder();
        await followRows(
          this.data(query.cluster),
          query,
          (event) => emit(encoder.encode(JSON.stringify(event))),
          signal,
        );
      },
    },
    'cluster.deploy': async (args, signal) => {
      await this.#gate('cluster.deploy', args, signal);
      this.#deploy(args.cluster, args.workload);
      return null;
    },
    'cluster.scale': async (args, signal) => {
      await this.#gate('cluster.scale', args, signal);
      this.#scale(args.cluster, args.namespace, args.name, args.replicas);
      return null;
    },
    'cluster.deleteWorkload': async (args, signal) => {
      await this.#gate('cluster.deleteWorkload', args, signal);
      this.data(args.cluster).update((now) => ({
        ...now,
        pods: now.pods.filter((one) => one.controller !== `ReplicationController/${args.name}`),
        workloads: now.workloads.filter((one) => one.name !== args.name),
        services: now.services.filter((one) => one.name !== args.name),
      }));
      return null;
    },
    'cluster.deletePod': async (args, signal) => {
      await this.#gate('cluster.deletePod', args, signal);
      this.data(args.cluster).update((now) =>
        withCounts({ ...now, pods: now.pods.filter((one) => one.name !== args.name) }),
      );
      return null;
    },
    'cluster.logs': async (args, emit, signal) => {
      await this.#gate('cluster.logs', args, signal);
      let sent = 0;
      await this.logs.follow((lines) => {
        emit({ lines: lines.slice(sent) });
        sent = lines.length;
      }, signal);
    },
  };
}

/** The nodes that an operation is about. */
function nodesOf({ steps }: OperationProgress): string[] {
  return [...new Set(steps.flatMap((step) => step.nodes.map((row) => row.node)))];
}

function withCounts(data: ClusterData): ClusterData {
  const workloads = data.workloads.map((one) => {
    const own = data.pods.filter(({ controller }) => controller === `ReplicationController/${one.name}`);
    const ready = own.filter(({ status }) => status === 'Running').length;
    return { ...one, current: own.length, ready, tone: ready === one.desired ? ('ok' as const) : ('info' as const) };
  });
  return { ...data, workloads };
}
