import type { Scope } from '#common/base/scope.ts';
import { mutableCopy } from '#common/base/freeze.ts';
import type { Informer } from '#common/client/informer.ts';
import type { WorkQueue } from '#common/client/work-queue.ts';
import { keyOf, objectKey, splitKey, type ObjectKey, type Stored } from '#common/kube/object.ts';
import { endpointSlices, pods, services, type EndpointSlice, type Pod, type Service } from '#common/kube/resources.ts';
import { LabelSelector } from '#common/kube/selectors/labels.ts';
import { isStatus } from '#common/kube/status-error.ts';
import { runController, type Controller, type ControllerContext } from '../controller.ts';
import { ownedBy } from '../owners.ts';
import { byNamespace } from '../pods.ts';
import { desiredSlices, MANAGED_BY, MANAGER, SERVICE_NAME, type SliceContent } from './desired-slices.ts';

/** Keeps the slices of every Service with a selector equal to the pods that it selects. */
export function startEndpointSlices(context: ControllerContext, scope: Scope): void {
  runController<ObjectKey>('endpoint-slice', context, scope, (queue) => new EndpointSlices(context, queue));
}

class EndpointSlices implements Controller<ObjectKey> {
  readonly workers = 5;
  readonly #context: ControllerContext;
  readonly #services: Informer<Service>;
  readonly #pods: Informer<Pod>;
  readonly #slices: Informer<EndpointSlice>;

  constructor(context: ControllerContext, queue: WorkQueue<ObjectKey>) {
    this.#context = context;
    this.#services = context.informers.for(services);
    this.#pods = context.informers.for(pods);
    this.#slices = context.informers.for(endpointSlices);
    this.#services.addIndex('namespace', byNamespace);
    this.#pods.addIndex('namespace', byNamespace);
    this.#slices.addIndex('service', (slice) => {
      const service = slice.metadata.labels?.[SERVICE_NAME];
      const ours = slice.metadata.labels?.[MANAGED_BY] === MANAGER;
      return service !== undefined && ours ? [objectKey(slice.metadata.namespace, service)] : [];
    });
    this.#services.subscribe(({ current, previous }) => queue.add(keyOf((current ?? previous)!)));
    this.#pods.subscribe(({ current, previous }) => {
      for (const key of this.#servicesOf(previous, current)) queue.add(key);
    });
    this.#slices.subscribe(({ current, previous }) => {
      const { metadata } = (current ?? previous)!;
      const service = metadata.labels?.[SERVICE_NAME];
      if (service !== undefined) queue.add(objectKey(metadata.namespace, service));
    });
  }

  get informers(): Controller['informers'] {
    return [this.#services, this.#pods, this.#slices];
  }

  async reconcile(key: ObjectKey): Promise<void> {
    const service = this.#services.get(key);
    const held = this.#slices.byIndex('service', key);
    if (!service || service.metadata.deletionTimestamp !== undefined) {
      await Promise.all(held.map((slice) => this.#delete(slice)));
      return;
    }
    // Without a selector the endpoints are somebody else's; an ExternalName is an alias and has none.
    if (!service.spec?.selector || service.spec.type === 'ExternalName') return;
    const { namespace = '' } = splitKey(key);
    const selector = LabelSelector.fromMap(service.spec.selector);
    const selected = selector.isEverything
      ? []
      : this.#pods.byIndex('namespace', namespace).filter((pod) => selector.matches(pod.metadata.labels));
    await this.#apply(service, desiredSlices(service, selected), held);
  }

  /** Writes as few slices as it can: those that are right stay, the others are changed, made or deleted. */
  async #apply(
    service: Stored<Service>,
    desired: readonly SliceContent[],
    held: readonly Stored<EndpointSlice>[],
  ): Promise<void> {
    const free = [...held];
    const missing: SliceContent[] = [];
    for (const content of desired) {
      const same = free.findIndex((slice) => sameContent(slice, content));
      if (same >= 0) free.splice(same, 1);
      else missing.push(content);
    }
    await Promise.all([
      ...missing.map((content) => {
        const reused = free.shift();
        return reused ? this.#update(reused, content) : this.#create(service, content);
      }),
    ]);
    await Promise.all(free.map((slice) => this.#delete(slice)));
  }

  async #create(service: Stored<Service>, content: SliceContent): Promise<void> {
    const { name, namespace = '', labels = {} } = service.metadata;
    const { 'endpoints.kubernetes.io/managed-by': _, ...own } = labels;
    await this.#context.client.create(endpointSlices, {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        generateName: `${name}-`,
        namespace,
        labels: {
          ...own,
          [SERVICE_NAME]: name,
          [MANAGED_BY]: MANAGER,
          ...(service.spec?.clusterIP === 'None' ? { 'service.kubernetes.io/headless': '' } : {}),
        },
        ownerReferences: [ownedBy(service)],
      },
      ...content,
    });
  }

  async #update(slice: Stored<EndpointSlice>, content: SliceContent): Promise<void> {
    const object: EndpointSlice = { ...mutableCopy<EndpointSlice>(slice), ...content };
    await this.#context.client.update(endpointSlices, object);
  }

  async #delete(slice: Stored<EndpointSlice>): Promise<void> {
    const { namespace = '', name, uid } = slice.metadata;
    await this.#context.client
      .delete(endpointSlices, { namespace, name }, { preconditions: { uid } })
      .catch((error: unknown) => {
        if (!isStatus(error, 'NotFound')) throw error;
      });
  }

  #servicesOf(...versions: readonly (Stored<Pod> | undefined)[]): Set<ObjectKey> {
    const keys = new Set<ObjectKey>();
    for (const pod of versions) {
      if (!pod) continue;
      for (const service of this.#services.byIndex('namespace', pod.metadata.namespace ?? '')) {
        if (!service.spec?.selector) continue;
        const selector = LabelSelector.fromMap(service.spec.selector);
        if (!selector.isEverything && selector.matches(pod.metadata.labels)) keys.add(keyOf(service));
      }
    }
    return keys;
  }
}

function sameContent(slice: Stored<EndpointSlice>, content: SliceContent): boolean {
  return (
    slice.addressType === content.addressType &&
    JSON.stringify(slice.endpoints ?? []) === JSON.stringify(content.endpoints) &&
    JSON.stringify(slice.ports ?? []) === JSON.stringify(content.ports)
  );
}
