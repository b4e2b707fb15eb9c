import { mutableCopy } from '#common/base/freeze.ts';
import { sameJson } from '#common/base/same-json.ts';
import type { Scope } from '#common/base/scope.ts';
import type { Informer } from '#common/client/informer.ts';
import {
  keyOf,
  objectKey,
  type KubeObject,
  type ObjectKey,
  type ObjectMeta,
  type Stored,
} from '#common/kube/object.ts';
import {
  endpoints,
  endpointSlices,
  services,
  type Endpoints,
  type EndpointSlice,
  type Resource,
  type Service,
} from '#common/kube/resources.ts';
import { isStatus } from '#common/kube/status-error.ts';
import { KUBERNETES_SERVICE as PLACE } from '../../apiserver/kinds/core/service/allocator.ts';
import { runController, type ControllerContext } from '../controller.ts';
import { wantedEndpoints, wantedService, wantedSlice, type Advertised } from './wanted.ts';

const KEY = objectKey(PLACE.namespace, PLACE.name);

export interface KubernetesService {
  /** From now on the Service leads there. Until the first call all stays as an earlier run left it. */
  advertise(to: Advertised): void;
}

/**
 * Keeps the Service by which pods reach the API server, its Endpoints and its EndpointSlice as they should be
 * (pkg/controlplane/controller/kubernetesservice). `clusterIP` is the first address of Services.
 */
export function startKubernetesService(context: ControllerContext, clusterIP: string, scope: Scope): KubernetesService {
  const { client, informers } = context;
  let advertised: Advertised | undefined;
  let look = (): void => undefined;
  runController<ObjectKey>('kubernetes-service', context, scope, (queue) => {
    look = () => queue.add(KEY);
    const watched = <T extends KubeObject>(resource: Resource<T>): Informer<T> => {
      const informer = informers.for(resource);
      informer.subscribe(({ current, previous }) => {
        if (keyOf((current ?? previous)!) === KEY) look();
      });
      return informer;
    };
    const held = {
      services: watched(services),
      endpoints: watched(endpoints),
      slices: watched(endpointSlices),
    };
    return {
      informers: Object.values(held),
      workers: 1,
      async reconcile() {
        if (!advertised) return;
        const { address, port } = advertised;
        await keepService(held.services.get(KEY), wantedService(clusterIP, port));
        if (address === undefined) return;
        await keepEndpoints(held.endpoints.get(KEY), wantedEndpoints(address, port));
        await keepSlice(held.slices.get(KEY), wantedSlice(address, port));
      },
    };
  });
  return {
    advertise(to) {
      advertised = to;
      look();
    },
  };

  /** Its address stays as it is: it cannot be changed. */
  async function keepService(is: Stored<Service> | undefined, wanted: Service): Promise<void> {
    if (!is) return unlessOvertaken(client.create(services, wanted));
    const { type, ports } = wanted.spec!;
    if (sameJson({ type, ports }, { type: is.spec?.type, ports: is.spec?.ports })) return;
    const copy = mutableCopy<Service>(is);
    await unlessOvertaken(client.update(services, { ...copy, spec: { ...copy.spec, type, ports: ports! } }));
  }

  async function keepEndpoints(is: Stored<Endpoints> | undefined, wanted: Endpoints): Promise<void> {
    if (!is) return unlessOvertaken(client.create(endpoints, wanted));
    const { subsets } = wanted;
    if (sameJson(subsets, is.subsets) && hasLabels(is, wanted)) return;
    const copy = mutableCopy<Endpoints>(is);
    await unlessOvertaken(client.update(endpoints, { ...copy, metadata: labelled(is, wanted), subsets: subsets! }));
  }

  async function keepSlice(is: Stored<EndpointSlice> | undefined, wanted: EndpointSlice): Promise<void> {
    if (!is) return unlessOvertaken(client.create(endpointSlices, wanted));
    const { endpoints: to, ports, addressType } = wanted;
    if (is.addressType !== addressType) {
      // It cannot be changed: its deletion brings it into the queue again.
      await unlessOvertaken(client.delete(endpointSlices, PLACE));
      return;
    }
    if (sameJson({ to, ports }, { to: is.endpoints, ports: is.ports }) && hasLabels(is, wanted)) return;
    const copy = mutableCopy<EndpointSlice>(is);
    await unlessOvertaken(
      client.update(endpointSlices, { ...copy, metadata: labelled(is, wanted), endpoints: to, ports: ports! }),
    );
  }
}

/** Someone else wrote it at the same time, which brings it into the queue again. */
async function unlessOvertaken(writing: Promise<unknown>): Promise<void> {
  await writing.catch((error: unknown) => {
    const overtaken = isStatus(error, 'AlreadyExists') || isStatus(error, 'Conflict') || isStatus(error, 'NotFound');
    if (!overtaken) throw error;
  });
}

function hasLabels(is: Stored, wanted: KubeObject): boolean {
  return Object.entries(wanted.metadata?.labels ?? {}).every(([key, value]) => is.metadata.labels?.[key] === value);
}

function labelled(is: Stored, wanted: KubeObject): ObjectMeta {
  const { metadata } = mutableCopy<KubeObject>(is);
  return { ...metadata, labels: { ...metadata?.labels, ...wanted.metadata?.labels } };
}
