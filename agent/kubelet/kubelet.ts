import { Informer } from '#common/client/informer.ts';
import type { Scope } from '#common/base/scope.ts';
import type { AgentConfig } from '#common/contract/agent-config.ts';
import { configMaps, pods, secrets, type Node, type Service } from '#common/kube/resources.ts';
import type { AgentContext } from '../base/context.ts';
import { Semaphore } from '../base/semaphore.ts';
import type { Runtime } from '../cri/runtime.ts';
import { keepServingCertificate, type Identity } from '../identity/identity.ts';
import { PodCgroups } from './cgroups/pod-cgroups.ts';
import { EventRecorder } from '#common/client/event-recorder.ts';
import { ImagePuller } from './images/image-puller.ts';
import { rotateLogs } from './logs/log-rotation.ts';
import { nodeResources } from './node/capacity.ts';
import { describeNode, measurePressure } from './node/description.ts';
import { keepLease } from './node/lease.ts';
import { NodeReporter } from './node/reporter.ts';
import { fileSystemBytes } from './node/system-info.ts';
import { ObjectTracker } from './objects/object-tracker.ts';
import { CrashLoops } from './pods/crash-loop.ts';
import { PodDirectories } from './pods/pod-directories.ts';
import { PodManager } from './pods/pod-manager.ts';
import type { RuntimeMonitor } from './runtime/monitor.ts';
import { TokenManager } from './tokens/token-manager.ts';
import { KubeletServer } from './server/server.ts';

export interface KubeletOptions {
  readonly config: AgentConfig;
  readonly context: AgentContext;
  readonly runtime: Runtime;
  readonly monitor: RuntimeMonitor;
  readonly identity: Identity;
  readonly nodes: Informer<Node>;
  readonly services: Informer<Service>;
  /** Why pods of this node cannot be reached; nothing when they can. */
  readonly networkProblem: () => string | undefined;
}

/** More sandboxes and containers at once start more slowly, all together (measured on two cores). */
const PARALLEL_STARTS = 2;

/** Runs this machine as a Node, and the pods that are bound to it, for as long as the scope is open. */
export function runKubelet(scope: Scope, options: KubeletOptions): { readonly nodeChanged: () => void } {
  const { config, context, runtime, monitor, identity, networkProblem } = options;
  const { client } = identity;
  const problems = (): readonly string[] => {
    const network = networkProblem();
    return [...monitor.problems, ...(network === undefined ? [] : [network])];
  };
  const reporter = new NodeReporter(client, describeNode(config, runtime, context.clock, problems), context);
  const nodeChanged = (): void => reporter.refresh();
  scope.hold(monitor.subscribe({ problemsChanged: nodeChanged }));
  scope.hold(
    options.nodes.subscribe(({ current }) => {
      if (current?.metadata.name === config.nodeName) reporter.noticed(current);
    }),
  );
  scope.run('node status', (signal) => reporter.run(signal));

  let pressure = '';
  const tick = async (): Promise<void> => {
    await monitor.check();
    const measured = JSON.stringify(await measurePressure(config));
    if (measured !== pressure) nodeChanged();
    pressure = measured;
  };
  const node = { name: config.nodeName, uid: () => reporter.uid };
  scope.run('node lease', (signal) => keepLease(client, node, context, tick, signal));
  scope.run('pods', (signal) => runPods(scope, options, nodeChanged, signal));
  return { nodeChanged };
}

async function runPods(
  scope: Scope,
  { config, context, runtime, monitor, identity, services }: KubeletOptions,
  nodeChanged: () => void,
  signal: AbortSignal,
): Promise<void> {
  const { client } = identity;
  const cgroups = await PodCgroups.open(config.capacity, context.clock);
  const { total } = await fileSystemBytes(config.stateDirectory);
  const directories = new PodDirectories(config.stateDirectory, config.logDirectory);
  const informer = new Informer(client, pods, { fieldSelector: `spec.nodeName=${config.nodeName}` }, context);
  const wake = (uid: string): void => manager.wake(uid);
  const parts = {
    runtime,
    images: new ImagePuller(runtime, context, nodeChanged),
    cgroups,
    directories,
    configMaps: scope.hold(new ObjectTracker(client, configMaps, context, wake)),
    secrets: scope.hold(new ObjectTracker(client, secrets, context, wake)),
    services,
    tokens: scope.hold(new TokenManager(client, context, wake)),
    crashLoops: new CrashLoops(),
    starts: new Semaphore(PARALLEL_STARTS),
    node: {
      name: config.nodeName,
      addresses: [config.nodeAddress],
      memoryBytes: config.capacity.memoryBytes,
      allocatable: nodeResources(config.capacity, total).allocatable,
      dns: { address: config.clusterDns, domain: config.clusterDomain },
    },
    context,
  };
  const manager: PodManager = new PodManager(parts, {
    client,
    informer,
    monitor,
    recorder: new EventRecorder(client, { component: 'kubelet', host: config.nodeName }, context),
    onPodsChanged: (all) => cgroups.weighBurstable(all, context.log),
  });
  scope.run('pod informer', (stop) => informer.run(stop));
  scope.run('log rotation', (stop) => rotateLogs(runtime, directories, context, stop));
  scope.run('kubelet API', (stop) =>
    serve(scope, identity, config, context, { manager, runtime, monitor, directories }, stop),
  );
  await manager.run(signal);
}

interface ServedParts {
  readonly manager: PodManager;
  readonly runtime: Runtime;
  readonly monitor: RuntimeMonitor;
  readonly directories: PodDirectories;
}

/** Serves the kubelet's API from when there is a certificate for it. */
async function serve(
  scope: Scope,
  identity: Identity,
  config: AgentConfig,
  context: AgentContext,
  { manager, runtime, monitor, directories }: ServedParts,
  signal: AbortSignal,
): Promise<void> {
  const { servingCertificate } = identity;
  let server: KubeletServer | undefined;
  const listen = async (): Promise<void> => {
    server = scope.hold(
      await KubeletServer.listen({
        address: config.nodeAddress,
        port: config.kubeletPort,
        certificateAuthority: identity.certificateAuthority,
        certificate: servingCertificate.current,
        pods: () => manager.list(),
        logs: { runtime, monitor, directories, clock: context.clock },
        context,
      }),
    );
  };
  const onChange = async (): Promise<void> => {
    if (server) server.use(servingCertificate.current);
    else await listen();
  };
  await keepServingCertificate(servingCertificate, identity.client, onChange, signal);
}
