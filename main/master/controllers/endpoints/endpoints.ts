import type { IEndpointSubset } from 'kubernetes-models/v1/EndpointSubset';
import type { Scope } from '#common/base/scope.ts';
import type { Informer } from '#common/client/informer.ts';
import type { WorkQueue } from '#common/client/work-queue.ts';
import { keyOf, objectKey, type ObjectKey, type Stored } from '#common/kube/object.ts';
import {
  endpoints,
  endpointSlices,
  services,
  type Endpoints,
  type EndpointSlice,
  type Service,
} from '#common/kube/resources.ts';
import { isStatus } from '#common/kube/status-error.ts';
import { runController, type Controller, type ControllerContext } from '../controller.ts';
import { MANAGED_BY, MANAGER, SERVICE_NAME } from '../endpoint-slice/desired-slices.ts';

const MAXIMUM_ADDRESSES = 1000;

/** Keeps the older Endpoints object of each Service equal to its slices, for clients that know only that. */
export function startEndpoints(context: ControllerContext, scope: Scope): void {
  runController<ObjectKey>('endpoints', context, scope, (queue) => new EndpointsController(context, queue));
}

class EndpointsController implements Controller<ObjectKey> {
  readonly workers = 5;
  readonly #context: ControllerContext;
  readonly #services: Informer<Service>;
  readonly #slices: Informer<EndpointSlice>;
  readonly #endpoints: Informer<Endpoints>;

  constructor(context: ControllerContext, queue: WorkQueue<ObjectKey>) {
    this.#context = context;
    this.#services = context.informers.for(services);
    this.#slices = context.informers.for(endpointSlices);
    this.#endpoints = context.informers.for(endpoints);
    this.#slices.addIndex('all-of-service', (slice) => {
      const service = slice.metadata.labels?.[SERVICE_NAME];
      return service === undefined ? [] : [objectKey(slice.metadata.namespace, service)];
    });
    this.#services.subscribe(({ current, previous }) => queue.add(keyOf((current ?? previous)!)));
    this.#endpoints.subscribe(({ current, previous }) => queue.add(keyOf((current ?? previous)!)));
    this.#slices.subscribe(({ current, previous }) => {
      const { metadata } = (current ?? previous)!;
      const service = metadata.labels?.[SERVICE_NAME];
      if (service !== undefined) queue.add(objectKey(metadata.namespace, service));
    });
  }

  get informers(): Controller['informers'] {
    return [this.#services, this.#slices, this.#endpoints];
  }

  async reconcile(key: ObjectKey): Promise<void> {
    const service = this.#services.get(key);
    const held = this.#endpoints.get(key);
    if (!service?.spec?.selector || service.spec.type === 'ExternalName') {
      if (!service && held?.metadata.labels?.[MANAGED_BY_LABEL] === MANAGER_NAME) await this.#delete(held);
      return;
    }
    const slices = this.#slices
      .byIndex('all-of-service', key)
      .filter((slice) => slice.metadata.labels?.[MANAGED_BY] === MANAGER);
    const subsets = subsetsOf(slices);
    if (held && JSON.stringify(held.subsets ?? []) === JSON.stringify(subsets)) return;
    const { name, namespace = '', labels } = service.metadata;
    const object: Endpoints = {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: {
        name,
        namespace,
        labels: { ...labels, [MANAGED_BY_LABEL]: MANAGER_NAME },
        ...(held ? { resourceVersion: held.metadata.resourceVersion } : {}),
      },
      ...(subsets.length > 0 ? { subsets } : {}),
    };
    if (held) await this.#context.client.update(endpoints, object);
    else await this.#context.client.create(endpoints, object);
  }

  async #delete(held: Stored<Endpoints>): Promise<void> {
    const { namespace = '', name, uid } = held.metadata;
    await this.#context.client
      .delete(endpoints, { namespace, name }, { preconditions: { uid } })
      .catch((error: unknown) => {
        if (!isStatus(error, 'NotFound')) throw error;
      });
  }
}

const MANAGED_BY_LABEL = 'endpoints.kubernetes.io/managed-by';
const MANAGER_NAME = 'endpoint-controller';

function subsetsOf(slices: readonly Stored<EndpointSlice>[]): IEndpointSubset[] {
  const byPorts = new Map<string, IEndpointSubset>();
  let count = 0;
  for (const slice of slices) {
    const ports = (slice.ports ?? []).map(({ name = '', port = 0, protocol = 'TCP' }) => ({
      ...(name === '' ? {} : { name }),
      port,
      protocol,
    }));
    const key = JSON.stringify(ports);
    const subset: IEndpointSubset = byPorts.get(key) ?? { ports };
    for (const endpoint of slice.endpoints ?? []) {
      // Endpoints know no terminating addresses.
      if (endpoint.conditions?.terminating === true || ++count > MAXIMUM_ADDRESSES) continue;
      const address = {
        ip: endpoint.addresses[0]!,
        ...(endpoint.hostname ? { hostname: endpoint.hostname } : {}),
        ...(endpoint.nodeName ? { nodeName: endpoint.nodeName } : {}),
        ...(endpoint.targetRef ? { targetRef: { ...endpoint.targetRef } } : {}),
      };
      const list = endpoint.conditions?.ready === true ? 'addresses' : 'notReadyAddresses';
      subset[list] = [...(subset[list] ?? []), address].sort((a, b) => (a.ip < b.ip ? -1 : 1));
    }
    if (subset.addresses || subset.notReadyAddresses) byPorts.set(key, subset);
  }
  return [...byPorts.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, subset]) => subset);
}
