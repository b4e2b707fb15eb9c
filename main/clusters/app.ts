import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { realClock } from '#common/base/clock.ts';
import { bothLogs, lineLog, type Log } from '#common/base/log.ts';
import { secureRandom } from '#common/base/random.ts';
import { RotatedFile } from '#common/base/rotated-file.ts';
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
import { watchSleep } from './sleep-watch.ts';
import { openSshIdentity } from './ssh-identity.ts';

const LOG_FILES = { limit: 5 * 1024 * 1024, older: 3 };

export interface AppOptions {
  /** Where clusters and settings are kept. */
  readonly home: string;
  /** Where base images are kept. */
  readonly cache: string;
  readonly layout: Layout;
  readonly door: 'electron' | 'browser';
  readonly languages: readonly string[];
  /** Where it tells what it does, beside the file in its home. */
  readonly log: Log;
  /** A link that opens one more window, where there is such. */
  readonly newUrl?: () => string;
  /** Hears that the user wants the app to end. */
  readonly quit: () => void;
}

/** The app without its windows: what every door opens on. */
export interface App {
  readonly handlers: WindowHandlers;
  readonly clusters: Clusters;
  readonly preferences: PreferencesFile;
  /** To be called by whoever hears that this computer slept; where nobody does, it is noticed a little later. */
  awoke(): void;
  /** Stops the masters. Machines and what runs on them go on. */
  close(): Promise<void>;
}

/** Takes the home and opens its clusters. Throws `home-in-use` while another instance has it. */
export async function openApp(options: AppOptions): Promise<App> {
  const { layout } = options;
  const home = await openHome(options.home);
  const clock = realClock;
  let logFile: RotatedFile | undefined;
  try {
    const file = await RotatedFile.open(path.join(home.logs, 'pilothouse.log'), {
      ...LOG_FILES,
      clock,
      log: options.log,
    });
    logFile = file;
    const log = bothLogs(
      options.log,
      lineLog((line) => file.write(line)),
    );
    const executable = multipassExecutable(process.env);
    const version = await readVersion(layout);
    const agentSocket = process.env['SSH_AUTH_SOCK'];
    const context: ClusterContext = {
      home,
      layout,
      assets: await loadNodeAssets({
        version,
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
      version,
      languages: options.languages,
      newUrl: options.newUrl,
      quit: options.quit,
      offeredProviders: () => offeredProviders(executable),
    });
    const awoke = (): void => {
      log.info('this computer slept, or its clock was set');
      clusters.awoke();
    };
    const watching = watchSleep(clock, awoke);
    return {
      handlers,
      clusters,
      preferences,
      awoke,
      async close() {
        watching[Symbol.dispose]();
        await clusters[Symbol.asyncDispose]();
        await file[Symbol.asyncDispose]();
        home[Symbol.dispose]();
      },
    };
  } catch (error) {
    await logFile?.[Symbol.asyncDispose]();
    home[Symbol.dispose]();
    throw error;
  }
}

async function readVersion(layout: Layout): Promise<string> {
  const text = await readFile(path.join(layout.root, 'package.json'), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
