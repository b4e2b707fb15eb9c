import type { Clock } from '#common/base/clock.ts';
import type { Log } from '#common/base/log.ts';
import type { Random } from '#common/base/random.ts';
import type { Scope } from '#common/base/scope.ts';
import type { Client } from '#common/client/client.ts';
import { EventRecorder } from '#common/client/event-recorder.ts';
import { Informers } from '#common/client/informers.ts';
import type { Ipv4Range } from '#common/kube/ipv4.ts';
import type { Resource } from '#common/kube/resources.ts';
import { componentUser, SYSTEM_USER, type User } from '../apiserver/authentication/user.ts';
import { CONTROLLER_MANAGER, controllerUser } from '../apiserver/authorization/bootstrap-policy.ts';
import { startCertificates } from './certificates/certificates.ts';
import type { CertificateSigner } from './certificates/signer.ts';
import { startClusterRoleAggregation } from './cluster-role-aggregation/cluster-role-aggregation.ts';
import type { ControllerContext } from './controller.ts';
import { startEndpointSlices } from './endpoint-slice/endpoint-slice.ts';
import { startEndpoints } from './endpoints/endpoints.ts';
import { startGarbageCollector } from './garbage-collector/garbage-collector.ts';
import { startKubernetesService, type KubernetesService } from './kubernetes-service/kubernetes-service.ts';
import { startNamespaces } from './namespace/namespace.ts';
import { startNodeIpam } from './node-ipam/node-ipam.ts';
import { startNodeLifecycle } from './node-lifecycle/node-lifecycle.ts';
import { startReplication } from './replication/replication.ts';
import { startRootCa } from './root-ca/root-ca.ts';
import { startServiceAccounts } from './service-account/service-account.ts';
import { startTaintEviction } from './taint-eviction/taint-eviction.ts';

export interface ControllersOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly podRange: Ipv4Range;
  /** The first address of Services, under which pods reach the API server. */
  readonly kubernetesIP: string;
  readonly signer: CertificateSigner;
  /** PEM, by which pods know the API server. */
  readonly rootCa: string;
  /** Every resource that is served: what can own, be owned, and lie in a namespace. */
  readonly resources: readonly Resource[];
}

/** What controllers have to be told. */
export interface RunningControllers extends Pick<KubernetesService, 'advertise'> {
  /** This computer slept: what could not be heard meanwhile is not held against anybody. */
  awoke(): void;
}

/** Starts all controllers. They read through shared informers, and write each as its own service account. */
export function startControllers(
  clientOf: (user: User, name: string) => Client,
  options: ControllersOptions,
  scope: Scope,
): RunningControllers {
  const { clock, random, log, resources } = options;
  const informers = new Informers(
    clientOf(componentUser(CONTROLLER_MANAGER), 'kube-controller-manager'),
    { clock, random, log },
    scope,
  );
  const contextOf = (client: Client, component: string): ControllerContext => {
    const events = new EventRecorder(client, { component }, { clock, log });
    return { client, informers, events, clock, random, log };
  };
  const as = (account: string, component = account): ControllerContext =>
    contextOf(clientOf(componentUser(controllerUser(account)), 'kube-controller-manager'), component);
  startReplication(as('replication-controller'), scope);
  startEndpointSlices(as('endpointslice-controller', 'endpoint-slice-controller'), scope);
  startEndpoints(as('endpoint-controller'), scope);
  const lifecycle = startNodeLifecycle(as('node-controller'), scope);
  const eviction = startTaintEviction(as('node-controller', 'taint-eviction-controller'), scope);
  startNodeIpam(as('node-controller', 'cidrAllocator'), options.podRange, scope);
  startNamespaces(as('namespace-controller'), resources, scope);
  startGarbageCollector(as('generic-garbage-collector'), resources, scope);
  startClusterRoleAggregation(as('clusterrole-aggregation-controller'), scope);
  startServiceAccounts(as('service-account-controller'), scope);
  startRootCa(as('root-ca-cert-publisher'), options.rootCa, scope);
  startCertificates(as('certificate-controller'), options.signer, scope);
  // Upstream's API server keeps it itself, with the rights that it has.
  const apiServer = contextOf(clientOf(SYSTEM_USER, 'kube-apiserver'), 'kube-apiserver');
  const service = startKubernetesService(apiServer, options.kubernetesIP, scope);
  return {
    advertise: (to) => service.advertise(to),
    awoke: () => {
      lifecycle.awoke();
      eviction.awoke();
    },
  };
}
