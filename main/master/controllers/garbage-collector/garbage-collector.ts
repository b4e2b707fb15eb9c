import type { Scope } from '#common/base/scope.ts';
import type { Informer } from '#common/client/informer.ts';
import type { WorkQueue } from '#common/client/work-queue.ts';
import { keyOf, splitKey, type KubeObject, type ObjectKey, type Stored } from '#common/kube/object.ts';
import { apiVersionOf, type Resource } from '#common/kube/resources.ts';
import { isStatus } from '#common/kube/status-error.ts';
import { runController, type Controller, type ControllerContext } from '../controller.ts';
import type { OwnerReference } from '../owners.ts';

const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';

type Key = string & { readonly __brand: 'GarbageKey' };

/** Deletes what belongs only to things that are gone, in the way the deletion asked for. */
export function startGarbageCollector(context: ControllerContext, resources: readonly Resource[], scope: Scope): void {
  runController<Key>('garbage-collector', context, scope, (queue) => new GarbageCollector(context, resources, queue));
}

interface Watched {
  readonly resource: Resource;
  readonly informer: Informer<KubeObject>;
}

class GarbageCollector implements Controller<Key> {
  readonly workers = 5;
  readonly #context: ControllerContext;
  readonly #watched: readonly Watched[];
  /** Every object's uid, to know which owners are there. */
  readonly #uids = new Set<string>();

  constructor(context: ControllerContext, resources: readonly Resource[], queue: WorkQueue<Key>) {
    this.#context = context;
    this.#watched = resources.map((resource) => ({ resource, informer: context.informers.for(resource) }));
    for (const [index, { informer }] of this.#watched.entries()) {
      informer.addIndex('owner', (object) => (object.metadata.ownerReferences ?? []).map(({ uid }) => uid));
      informer.subscribe(({ current, previous }) => {
        const object = (current ?? previous)!;
        if (current) this.#uids.add(current.metadata.uid);
        else this.#uids.delete(object.metadata.uid);
        if (current && concernsUs(current)) queue.add(garbageKey(index, keyOf(current)));
        if (!current || hasFinalizer(current)) {
          for (const dependent of this.#dependentsOf(object.metadata.uid)) queue.add(dependent.key);
        }
        if (!current)
          for (const owner of object.metadata.ownerReferences ?? []) this.#requeueOwner(owner, object, queue);
      });
    }
  }

  get informers(): Controller['informers'] {
    return this.#watched.map(({ informer }) => informer);
  }

  async reconcile(key: Key): Promise<void> {
    const { watched, object } = this.#find(key);
    if (!object) return;
    if (object.metadata.deletionTimestamp !== undefined) {
      await this.#finishDeletion(watched, object);
      return;
    }
    const owners = object.metadata.ownerReferences ?? [];
    if (owners.length === 0) return;
    const present: OwnerReference[] = [];
    for (const owner of owners) if (await this.#exists(owner, object)) present.push(owner);
    if (present.length === 0) {
      const policy = object.metadata.finalizers?.includes(ORPHAN) === true ? 'Orphan' : 'Background';
      await this.#delete(watched, object, policy);
      return;
    }
    const waiting = present.filter(
      (owner) => owner.blockOwnerDeletion === true && this.#isBeingDeletedInForeground(owner),
    );
    if (waiting.length === present.length) await this.#delete(watched, object, 'Foreground');
    else if (present.length < owners.length) await this.#dropOwners(watched, object, present);
  }

  /** An owner that waits for its dependents, or lets go of them, before it goes itself. */
  async #finishDeletion(watched: Watched, object: Stored): Promise<void> {
    const { finalizers = [] } = object.metadata;
    const dependents = this.#dependentsOf(object.metadata.uid);
    if (finalizers.includes(ORPHAN)) {
      await Promise.all(dependents.map((dependent) => this.#removeOwner(dependent, object.metadata.uid)));
      await this.#removeFinalizer(watched, object, ORPHAN);
    } else if (finalizers.includes(FOREGROUND)) {
      const blocking = dependents.filter(({ object: dependent }) =>
        dependent.metadata.ownerReferences?.some(
          (owner) => owner.uid === object.metadata.uid && owner.blockOwnerDeletion === true,
        ),
      );
      if (blocking.length === 0) await this.#removeFinalizer(watched, object, FOREGROUND);
    }
  }

  /** Asks the API itself before anything is deleted: an informer may be behind. */
  async #exists(owner: OwnerReference, dependent: Stored): Promise<boolean> {
    if (this.#uids.has(owner.uid)) return true;
    const watched = this.#watched.find(
      ({ resource }) => resource.kind === owner.kind && apiVersionOf(resource) === owner.apiVersion,
    );
    // Owners of a kind that is not served cannot be judged.
    if (!watched) return true;
    const { namespace } = dependent.metadata;
    const ref = { name: owner.name, ...(watched.resource.namespaced && namespace ? { namespace } : {}) };
    try {
      return (await this.#context.client.get(watched.resource, ref)).metadata.uid === owner.uid;
    } catch (error) {
      if (isStatus(error, 'NotFound')) return false;
      throw error;
    }
  }

  #isBeingDeletedInForeground(owner: OwnerReference): boolean {
    for (const { informer, resource } of this.#watched) {
      if (resource.kind !== owner.kind || apiVersionOf(resource) !== owner.apiVersion) continue;
      const found = informer.list().find(({ metadata }) => metadata.uid === owner.uid);
      return (
        found?.metadata.deletionTimestamp !== undefined && found.metadata.finalizers?.includes(FOREGROUND) === true
      );
    }
    return false;
  }

  #dependentsOf(uid: string): { key: Key; watched: Watched; object: Stored }[] {
    return this.#watched.flatMap((watched, index) =>
      watched.informer
        .byIndex('owner', uid)
        .map((object) => ({ key: garbageKey(index, keyOf(object)), watched, object })),
    );
  }

  #requeueOwner(owner: OwnerReference, dependent: Stored, queue: WorkQueue<Key>): void {
    const index = this.#watched.findIndex(
      ({ resource }) => resource.kind === owner.kind && apiVersionOf(resource) === owner.apiVersion,
    );
    if (index < 0) return;
    const { resource } = this.#watched[index]!;
    const { namespace } = dependent.metadata;
    const name = resource.namespaced && namespace ? `${namespace}/${owner.name}` : owner.name;
    queue.add(garbageKey(index, name as ObjectKey));
  }

  #find(key: Key): { watched: Watched; object: Stored | undefined } {
    const at = key.indexOf(':');
    const watched = this.#watched[Number(key.slice(0, at))]!;
    return { watched, object: watched.informer.get(key.slice(at + 1) as ObjectKey) };
  }

  async #delete(
    watched: Watched,
    object: Stored,
    propagationPolicy: 'Background' | 'Foreground' | 'Orphan',
  ): Promise<void> {
    const { uid, resourceVersion } = object.metadata;
    await this.#context.client
      .delete(watched.resource, refOf(object), { propagationPolicy, preconditions: { uid, resourceVersion } })
      .catch(unlessGone);
  }

  async #dropOwners(watched: Watched, object: Stored, present: readonly OwnerReference[]): Promise<void> {
    const { uid, resourceVersion } = object.metadata;
    const patch = { metadata: { uid, resourceVersion, ownerReferences: present } };
    await this.#context.client.patch(watched.resource, refOf(object), 'merge', patch).catch(unlessGone);
  }

  async #removeOwner({ watched, object }: { watched: Watched; object: Stored }, uid: string): Promise<void> {
    await this.#dropOwners(
      watched,
      object,
      (object.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid),
    );
  }

  async #removeFinalizer(watched: Watched, object: Stored, finalizer: string): Promise<void> {
    const { uid, resourceVersion, finalizers = [] } = object.metadata;
    const patch = { metadata: { uid, resourceVersion, finalizers: finalizers.filter((name) => name !== finalizer) } };
    await this.#context.client.patch(watched.resource, refOf(object), 'merge', patch).catch(unlessGone);
  }
}

function garbageKey(index: number, key: ObjectKey): Key {
  return `${index}:${key}` as Key;
}

function concernsUs(object: Stored): boolean {
  return (object.metadata.ownerReferences?.length ?? 0) > 0 || hasFinalizer(object);
}

function hasFinalizer(object: Stored): boolean {
  return (
    object.metadata.deletionTimestamp !== undefined &&
    object.metadata.finalizers?.some((name) => name === FOREGROUND || name === ORPHAN) === true
  );
}

function refOf(object: Stored): { namespace?: string; name: string } {
  const { namespace, name } = splitKey(keyOf(object));
  return { name, ...(namespace === undefined ? {} : { namespace }) };
}

function unlessGone(error: unknown): void {
  if (!isStatus(error, 'NotFound')) throw error;
}
