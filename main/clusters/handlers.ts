import { availableParallelism, totalmem } from 'node:os';
import { AppError } from '#common/base/app-error.ts';
import type { WindowHandlers } from '#common/contract/contract.ts';
import type { ClusterId } from '#common/contract/cluster.ts';
import type { Clusters } from './clusters.ts';
import { providerOf, type ClusterContext, type ProviderId } from './context.ts';
import { runPreflight } from './preflight.ts';
import type { PreferencesFile } from './preferences.ts';
import { collectLogs } from './support/collect-logs.ts';
import type { ClusterEntry } from './thread-protocol.ts';
import { until } from './views/until.ts';

export interface HandlersOptions {
  readonly clusters: Clusters;
  readonly preferences: PreferencesFile;
  readonly context: ClusterContext;
  readonly door: 'electron' | 'browser';
  readonly version: string;
  /** Languages that the system prefers, best first. */
  readonly languages: readonly string[];
  /** The ways to make machines here, the one to propose first. */
  readonly offeredProviders: () => Promise<ProviderId[]>;
  /** A link that opens one more window; absent where the app has its own. */
  readonly newUrl: (() => string) | undefined;
  /** Ends the app, in its own time. */
  readonly quit: () => void;
}

/** The table behind every door of the app. What concerns a cluster's objects goes to its master's thread. */
export function windowHandlers({ clusters, preferences, context, ...options }: HandlersOptions): WindowHandlers {
  const sampleImages = context.assets
    .images('amd64')
    .filter(({ role }) => role === 'sample')
    .map(({ reference }) => reference);
  return {
    'app.info': async () => ({
      version: options.version,
      door: options.door,
      languages: [...options.languages],
      host: { cpus: availableParallelism(), memoryBytes: totalmem(), platform: process.platform },
      sampleImages,
      providers: await options.offeredProviders(),
    }),
    'app.preferences': async (_args, emit, signal) => {
      emit(preferences.current);
      using _watching = preferences.subscribe(emit);
      await forever(signal);
    },
    'app.setPreferences': async (change) => {
      await preferences.change(change);
      return null;
    },
    'app.newUrl': async () => {
      if (!options.newUrl) throw new AppError('not-in-this-window');
      return { url: options.newUrl() };
    },
    'app.collectLogs': ({ file }, signal) =>
      done(collectLogs(file, { clusters, context, version: options.version }, signal)),
    'app.quit': async () => {
      options.quit();
      return null;
    },
    'machines.preflight': async ({ provider, hosts }, emit, signal) =>
      runPreflight(providerOf(context, provider), emit, signal, hosts),

    'clusters.watch': async (_args, emit, signal) => {
      await follow(clusters, () => clusters.summaries(), emit, signal);
    },
    'clusters.create': async (wanted) => ({ id: await clusters.create(wanted) }),
    'clusters.resume': ({ cluster, secrets }) => {
      clusters.get(cluster).unlock(secrets);
      return done(clusters.get(cluster).open());
    },
    'clusters.cancel': ({ cluster }) => {
      clusters.get(cluster).cancel();
      return Promise.resolve(null);
    },
    'clusters.stop': ({ cluster }) => done(clusters.get(cluster).stop()),
    'clusters.addNode': async (wanted) => Promise.resolve({ node: clusters.addNode(wanted) }),
    'clusters.removeNode': async ({ cluster, node }) => {
      clusters.get(cluster).removeNode(node);
      return Promise.resolve(null);
    },
    'clusters.loadImage': ({ cluster, file }, signal) => clusters.get(cluster).loadImage(file, signal),
    'clusters.delete': ({ cluster, abandon }) => done(clusters.get(cluster).delete(abandon)),
    'clusters.progress': async ({ cluster }, emit, signal) => {
      const found = clusters.get(cluster);
      await follow(clusters, () => found.progress, emit, signal);
    },
    'clusters.kubeconfig': ({ cluster }) => Promise.resolve({ yaml: clusters.get(cluster).controlPlane.kubeconfig }),
    'clusters.startNode': ({ cluster, node, secrets }) => {
      clusters.get(cluster).unlock({ [node]: secrets });
      return done(clusters.get(cluster).startNode(node));
    },
    'clusters.stopNode': ({ cluster, node }) => done(clusters.get(cluster).stopNode(node)),

    'cluster.overview': forwardStream(clusters, 'cluster.overview'),
    'cluster.rows': forwardStream(clusters, 'cluster.rows'),
    'cluster.logs': forwardStream(clusters, 'cluster.logs'),
    'cluster.deploy': forwardCall(clusters, 'cluster.deploy'),
    'cluster.scale': forwardCall(clusters, 'cluster.scale'),
    'cluster.deleteWorkload': forwardCall(clusters, 'cluster.deleteWorkload'),
    'cluster.deletePod': forwardCall(clusters, 'cluster.deletePod'),
  };
}

interface OfCluster {
  readonly cluster: ClusterId;
}

function forwardCall(clusters: Clusters, name: ClusterEntry): (args: OfCluster, signal: AbortSignal) => Promise<null> {
  return async (args, signal) => {
    await clusters.get(args.cluster).controlPlane.host.call(name, args, signal);
    return null;
  };
}

/** Events of the thread are JSON already, and stay so. */
function forwardStream(
  clusters: Clusters,
  name: ClusterEntry,
): { raw: (args: OfCluster, emit: (json: Uint8Array) => void, signal: AbortSignal) => Promise<void> } {
  return {
    raw: (args, emit, signal) => clusters.get(args.cluster).controlPlane.host.open(name, args, emit, signal),
  };
}

/** Sends a value now and whenever it is another, until the signal aborts. */
async function follow<T>(
  clusters: Clusters,
  read: () => T,
  emit: (value: T) => void,
  signal: AbortSignal,
): Promise<void> {
  let sent = '';
  const send = (): void => {
    const value = read();
    const text = JSON.stringify(value);
    if (text === sent) return;
    sent = text;
    emit(value);
  };
  send();
  using _watching = clusters.subscribe(send);
  await forever(signal);
}

function forever(signal: AbortSignal): Promise<void> {
  return until(new Promise<never>(() => undefined), signal);
}

async function done(work: Promise<void>): Promise<null> {
  await work;
  return null;
}
