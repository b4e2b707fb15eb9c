import { mkdir } from 'node:fs/promises';
import { describeError } from '#common/base/log.ts';
import { Scope } from '#common/base/scope.ts';
import { Informer } from '#common/client/informer.ts';
import type { AgentConfig } from '#common/contract/agent-config.ts';
import { endpointSlices, nodes, services } from '#common/kube/resources.ts';
import type { AgentContext } from './base/context.ts';
import { Containerd } from './cri/containerd.ts';
import { establishIdentity, keepClientCertificate } from './identity/identity.ts';
import { runKubelet } from './kubelet/kubelet.ts';
import { PodNetwork } from './network/pod-network.ts';
import { PROXIED, Proxier } from './proxy/proxier.ts';
import { PodRelay } from './reach/pod-relay.ts';
import { ServersFile } from './reach/servers-file.ts';
import { RuntimeMonitor } from './kubelet/runtime/monitor.ts';

/**
 * Everything that makes a machine a Node: kubelet, pod network and service proxy, with the node's own
 * credentials. Resolves when the signal aborts; pods, routes and rules stay as they are.
 */
export async function runAgent(config: AgentConfig, context: AgentContext, signal: AbortSignal): Promise<void> {
  const { log } = context;
  await mkdir(config.stateDirectory, { recursive: true, mode: 0o700 });
  const servers = await ServersFile.open(config.serversFile, log);
  const failed = Promise.withResolvers<never>();
  // What fails before anyone waits for it is found out then.
  failed.promise.catch(() => undefined);
  await using scope = new Scope((error, task) => {
    log.error('a part of the agent ended', { part: task, error: describeError(error) });
    // Half an agent would look alive: systemd starts a whole one.
    failed.reject(error instanceof Error ? error : new Error(String(error)));
  }, signal);
  // First of all: the way may change before the node has been let in.
  scope.run('way to the master', (stop) => servers.run(stop));
  const identity = await establishIdentity(config, servers, context, signal);
  const { client } = identity;
  scope.hold(client);
  scope.hold(servers.subscribe(() => client.session.useServers(servers.addresses)));
  const relay = scope.hold(new PodRelay({ servers, address: config.nodeAddress, podRange: config.podRange }));
  scope.run('relay for pods', (stop) => relay.run(stop));
  const runtime = scope.hold(new Containerd(config.runtimeEndpoint));
  scope.run('client certificate', (stop) => keepClientCertificate(identity, stop));

  const monitor = new RuntimeMonitor(runtime, context);
  const nodeInformer = new Informer(client, nodes, {}, context);
  const serviceInformer = new Informer(client, services, {}, context);
  let nodeChanged = (): void => undefined;
  const network = new PodNetwork({
    config,
    runtime,
    context,
    nodes: nodeInformer,
    onConfigured: () => void monitor.recheck(),
    onProblemChanged: () => nodeChanged(),
  });
  const kubelet = runKubelet(scope, {
    config,
    context,
    runtime,
    monitor,
    identity,
    nodes: nodeInformer,
    services: serviceInformer,
    networkProblem: () => network.problem,
  });
  nodeChanged = kubelet.nodeChanged;

  const proxier = new Proxier({
    nodeName: config.nodeName,
    ranges: { pods: config.podRange, services: config.serviceRange },
    services: startInformer(scope, serviceInformer),
    slices: startInformer(scope, new Informer(client, endpointSlices, { labelSelector: PROXIED }, context)),
    apiServer: relay,
    context,
  });
  startInformer(scope, nodeInformer);
  scope.run('pod network', (stop) => network.run(stop));
  scope.run('service proxy', (stop) => proxier.run(stop));
  scope.run('runtime monitor', (stop) => monitor.run(stop));
  log.info('the agent runs', { node: config.nodeName });

  const ended = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.race([ended, failed.promise]);
}

function startInformer<T extends { run(signal: AbortSignal): Promise<void> }>(scope: Scope, informer: T): T {
  scope.run('informer', (stop) => informer.run(stop));
  return informer;
}
