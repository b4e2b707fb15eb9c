import type { Informer } from '#common/client/informer.ts';
import type { ConfigMap, Secret, Service } from '#common/kube/resources.ts';
import type { AgentContext } from '../../base/context.ts';
import type { Semaphore } from '../../base/semaphore.ts';
import type { Runtime } from '../../cri/runtime.ts';
import type { PodCgroups } from '../cgroups/pod-cgroups.ts';
import type { ImagePuller } from '../images/image-puller.ts';
import type { ObjectTracker } from '../objects/object-tracker.ts';
import type { TokenManager } from '../tokens/token-manager.ts';
import type { CrashLoops } from './crash-loop.ts';
import type { PodDirectories } from './pod-directories.ts';
import type { ClusterDns } from './sandbox/dns.ts';

/** What does not change of the node while the agent runs. */
export interface NodeFacts {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly memoryBytes: number;
  readonly allocatable: Readonly<Record<string, string>>;
  readonly dns: ClusterDns;
}

/** What running pods takes. */
export interface PodSyncParts {
  readonly runtime: Runtime;
  readonly images: ImagePuller;
  readonly cgroups: Pick<PodCgroups, 'version' | 'ensure' | 'remove' | 'listUids'>;
  readonly directories: PodDirectories;
  readonly configMaps: ObjectTracker<ConfigMap>;
  readonly secrets: ObjectTracker<Secret>;
  /** Of the whole cluster. */
  readonly services: Pick<Informer<Service>, 'synced' | 'list'>;
  readonly tokens: TokenManager;
  readonly crashLoops: CrashLoops;
  /** Bounds how many sandboxes and containers start at once: more are slower, all together. */
  readonly starts: Semaphore;
  readonly node: NodeFacts;
  readonly context: AgentContext;
}
