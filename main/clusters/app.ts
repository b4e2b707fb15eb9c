import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { realClock } from '#common/base/clock.ts';
import type { Log } from '#common/base/log.ts';
import { secureRandom } from '#common/base/random.ts';
import { clusterIdSchema } from '#common/contract/cluster.ts';
import type { WindowHandlers } from '#common/contract/contract.ts';
import { loadNodeAssets } from '../install/node-assets.ts';
import type { Layout } from '../layout.ts';
import { multipassProvider } from '../machines/multipass/provider.ts';
import { usualTimings } from '../machines/multipass/timings.ts';
import { namespaceProvider } from '../machines/namespace/provider.ts';
import { sshProvider } from '../machines/ssh/provider.ts';
import { Clusters } from './clusters.ts';
import type { ClusterContext } from './context.ts';
import { windowHandlers } from './handlers.ts';
import { multipassExecutable, openHome } from './home.ts';
import { offeredProviders } from './offered-providers.ts';
import { PreferencesFile } from './preferences.ts';
import { openSshIdentity } from './ssh-identity.ts';

export interface AppOptions {
  /** Where clusters and settings are kept. */
  readonly home: string;
  /** Where base images are kept. */
  readonly cache: string;
  readonly layout: Layout;
  readonly door: 'electron' | 'browser';
  readonly languages: readonly string[];
  readonly log: Log;
}

/** The app without its windows: what every door opens on. */
export interface App {
  readonly handlers: WindowHandlers;
  readonly clusters: Clusters;
  readonly preferences: PreferencesFile;
  /** Stops the masters. Machines and what runs on them go on. */
  close(): Promise<void>;
}

/** Takes the home and opens its clusters. Throws `home-in-use` while another instance has it. */
export async function openApp(options: AppOptions): Promise<App> {
  const { layout, log } = options;
  const home = await openHome(options.home);
  try {
    const clock = realClock;
    const executable = multipassExecutable(process.env);
    const agentSocket = process.env['SSH_AUTH_SOCK'];
    const context: ClusterContext = {
      home,
      layout,
      assets: await loadNodeAssets({
        agentBundle: layout.agentBundle,
        templates: layout.nodeTemplates,
        nodeRuntimes: { amd64: layout.nodeRuntime('x64'), arm64: layout.nodeRuntime('arm64') },
        images: layout.images,
      }),
      providers: {
        namespace: namespaceProvider({ stateDirectory: home.machines, cacheDirectory: options.cache, clock, log }),
        multipass: multipassProvider({
          stateDirectory: home.multipass,
          timings: usualTimings,
          clock,
          random: secureRandom,
          ...(executable === undefined ? {} : { executable }),
        }),
        ssh: sshProvider({
          stateDirectory: home.hosts,
          templates: layout.nodeTemplates,
          identity: (cluster) => openSshIdentity(path.join(home.cluster(clusterIdSchema.parse(cluster)), 'ssh')),
          ...(agentSocket === undefined ? {} : { agentSocket }),
          clock,
          random: secureRandom,
        }),
      },
      clock,
      random: secureRandom,
      log,
    };
    const preferences = await PreferencesFile.open(home.preferences);
    const clusters = await Clusters.open(context);
    const handlers = windowHandlers({
      clusters,
      preferences,
      context,
      door: options.door,
      version: await readVersion(layout),
      languages: options.languages,
      offeredProviders: () => offeredProviders(executable),
    });
    return {
      handlers,
      clusters,
      preferences,
      async close() {
        await clusters[Symbol.asyncDispose]();
        home[Symbol.dispose]();
      },
    };
  } catch (error) {
    home[Symbol.dispose]();
    throw error;
  }
}

async function readVersion(layout: Layout): Promise<string> {
  const text = await readFile(path.join(layout.root, 'package.json'), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
