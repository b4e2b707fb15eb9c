import { mutableCopy } from '#common/base/freeze.ts';
import type { Scope } from '#common/base/scope.ts';
import type { Informer } from '#common/client/informer.ts';
import type { WorkQueue } from '#common/client/work-queue.ts';
import { keyOf, type ObjectKey, type Stored } from '#common/kube/object.ts';
import { namespaces, pods, type Namespace, type Resource } from '#common/kube/resources.ts';
import { isStatus } from '#common/kube/status-error.ts';
import { runController, type Controller, type ControllerContext } from '../controller.ts';

const FINALIZER = 'kubernetes';
/** How soon to look again at a namespace whose objects take their time to go. */
const LOOK_AGAIN_MS = 500;

/** Empties namespaces that are deleted: pods first, for they use what else there is (KEP-5080), then all. */
export function startNamespaces(context: ControllerContext, resources: readonly Resource[], scope: Scope): void {
  const namespaced = resources.filter((resource) => resource.namespaced);
  runController<ObjectKey>('namespace', context, scope, (queue) => new Namespaces(context, namespaced, queue));
}

class Namespaces implements Controller<ObjectKey> {
  readonly workers = 5;
  readonly #context: ControllerContext;
  readonly #resources: readonly Resource[];
  readonly #queue: WorkQueue<ObjectKey>;
  readonly #namespaces: Informer<Namespace>;

  constructor(context: ControllerContext, resources: readonly Resource[], queue: WorkQueue<ObjectKey>) {
    this.#context = context;
    this.#resources = resources;
    this.#queue = queue;
    this.#namespaces = context.informers.for(namespaces);
    this.#namespaces.subscribe(({ current }) => {
      if (current?.metadata.deletionTimestamp !== undefined) queue.add(keyOf(current));
    });
  }

  get informers(): Controller['informers'] {
    return [this.#namespaces];
  }

  async reconcile(key: ObjectKey): Promise<void> {
    const namespace = this.#namespaces.get(key);
    if (namespace?.metadata.deletionTimestamp === undefined) return;
    const { name } = namespace.metadata;
    const others = this.#resources.filter(({ plural, group }) => plural !== pods.plural || group !== pods.group);
    const left =
      (await this.#empty(pods, name)) ||
      (await Promise.all(others.map((resource) => this.#empty(resource, name)))).reduce((sum, count) => sum + count, 0);
    if (left > 0) {
      this.#queue.addAfter(key, LOOK_AGAIN_MS);
      return;
    }
    await this.#finalize(namespace);
  }

  /** Deletes what is there; how many objects are left after that. */
  async #empty(resource: Resource, namespace: string): Promise<number> {
    const { client } = this.#context;
    const { items } = await client.list(resource, { namespace });
    await Promise.all(
      items
        .filter((item) => item.metadata.deletionTimestamp === undefined)
        .map((item) =>
          client
            .delete(resource, { namespace, name: item.metadata.name }, { propagationPolicy: 'Background' })
            .catch(ignoreMissing),
        ),
    );
    return items.length === 0 ? 0 : (await client.list(resource, { namespace })).items.length;
  }

  async #finalize(namespace: Stored<Namespace>): Promise<void> {
    const finalizers = (namespace.spec?.finalizers ?? []).filter((name) => name !== FINALIZER);
    const object = { ...mutableCopy<Namespace>(namespace), spec: { finalizers } };
    await this.#context.client.update(namespaces, object, { subresource: 'finalize' }).catch((error: unknown) => {
      // Someone else changed it: the change has put it into the queue again.
      if (!isStatus(error, 'Conflict')) ignoreMissing(error);
    });
  }
}

function ignoreMissing(error: unknown): void {
  if (!isStatus(error, 'NotFound')) throw error;
}
