import type { Scope } from '#common/base/scope.ts';
import type { Informer } from '#common/client/informer.ts';
import type { WorkQueue } from '#common/client/work-queue.ts';
import { keyOf, objectKey, splitKey, type KubeObject, type ObjectKey, type Stored } from '#common/kube/object.ts';
import { apiVersionOf, type Resource } from '#common/kube/resources.ts';
import { isStatus } from '#common/kube/status-error.ts';
import { runController, type Controller, type ControllerContext } from '../controller.ts';
import type { OwnerReference } from '../owners.ts';

const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';

type PropagationPolicy = 'Background' | 'Foreground' | 'Orphan';
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

  constructor(context: ControllerContext, resources: readonly Resource[], queue: WorkQueue<Key>) {
    this.#context = context;
    this.#watched = resources.map((resource) => ({ resource, informer: context.informers.for(resource) }));
    for (const [index, { informer }] of this.#watched.entries()) {
      informer.addIndex('owner', (object) => (object.metadata.ownerReferences ?? []).map(({ uid }) => uid));
      informer.subscribe(({ current, previous }) => {
        const object = (current ?? previous)!;
        if (current && concernsUs(current)) queue.add(garbageKey(index, keyOf(current)));
        if (!current || hasFinalizer(current)) {
          for (const dependent of this.#dependentsOf(object.metadata.uid)) queue.add(dependent.key);
        }
        for (const owner of previous?.metadata.ownerReferences ?? []) {
          if (!current || !blocks(current, owner.uid)) this.#requeueOwner(owner, object, queue);
        }
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
    const staying: OwnerReference[] = [];
    let waiting = false;
    for (const owner of owners) {
      if (this.#isBeingDeletedInForeground(owner, object)) waiting = true;
      else if (await this.#exists(owner, object)) staying.push(owner);
    }
    if (staying.length === 0 && waiting && this.#closesCircle(object)) await this.#unblockOwners(watched, object);
    else if (staying.length === 0) await this.#delete(watched, object, this.#policyFor(object, waiting));
    // Owners that are gone or going do without it.
    else if (staying.length < owners.length) await this.#setOwners(watched, object, staying);
  }

  /** Owners that wait for each other all around would wait for ever: one of them must not be waited for. */
  #closesCircle({ metadata }: Stored): boolean {
    const blocking = metadata.ownerReferences?.some(({ blockOwnerDeletion }) => blockOwnerDeletion) === true;
    return blocking && this.#dependentsOf(metadata.uid).some(({ object }) => isDeletedInForeground(object));
  }

  /** An owner that waits for its dependents waits for theirs too. */
  #policyFor(object: Stored, ownerWaits: boolean): PropagationPolicy {
    const { uid, finalizers = [] } = object.metadata;
    if (finalizers.includes(ORPHAN)) return 'Orphan';
    const waits = finalizers.includes(FOREGROUND) || (ownerWaits && this.#dependentsOf(uid).length > 0);
    return waits ? 'Foreground' : 'Background';
  }

  /** An owner that waits for its dependents, or lets go of them, before it goes itself. */
  async #finishDeletion(watched: Watched, object: Stored): Promise<void> {
    const { finalizers = [] } = object.metadata;
    const dependents = this.#dependentsOf(object.metadata.uid);
    if (finalizers.includes(ORPHAN)) {
      await Promise.all(dependents.map((dependent) => this.#removeOwner(dependent, object.metadata.uid)));
      await this.#removeFinalizer(watched, object, ORPHAN);
    } else if (finalizers.includes(FOREGROUND)) {
      const blocked = dependents.some(({ object: dependent }) => blocks(dependent, object.metadata.uid));
      if (!blocked) await this.#removeFinalizer(watched, object, FOREGROUND);
    }
  }

  /** Asks the API itself before anything is deleted: an informer may be behind. */
  async #exists(owner: OwnerReference, dependent: Stored): Promise<boolean> {
    const watched = this.#watched.find(({ resource }) => isOf(owner, resource));
    const { namespace } = dependent.metadata;
    // Owners of a kind that is not served cannot be judged, nor those that would need a namespace.
    if (!watched || (watched.resource.namespaced && namespace === undefined)) return true;
    const { resource, informer } = watched;
    const key = keyOfOwner(owner, resource, dependent);
    if (informer.get(key)?.metadata.uid === owner.uid) return true;
    try {
      return (await this.#context.client.get(resource, refOf(key))).metadata.uid === owner.uid;
    } catch (error) {
      if (isStatus(error, 'NotFound')) return false;
      throw error;
    }
  }

  #isBeingDeletedInForeground(owner: OwnerReference, dependent: Stored): boolean {
    const watched = this.#watched.find(({ resource }) => isOf(owner, resource));
    const found = watched?.informer.get(keyOfOwner(owner, watched.resource, dependent));
    return found?.metadata.uid === owner.uid && isDeletedInForeground(found);
  }

  #dependentsOf(uid: string): { key: Key; watched: Watched; object: Stored }[] {
    return this.#watched.flatMap((watched, index) =>
      watched.informer
        .byIndex('owner', uid)
        .map((object) => ({ key: garbageKey(index, keyOf(object)), watched, object })),
    );
  }

  #requeueOwner(owner: OwnerReference, dependent: Stored, queue: WorkQueue<Key>): void {
    const index = this.#watched.findIndex(({ resource }) => isOf(owner, resource));
    if (index < 0) return;
    queue.add(garbageKey(index, keyOfOwner(owner, this.#watched[index]!.resource, dependent)));
  }

  #find(key: Key): { watched: Watched; object: Stored | undefined } {
    const at = key.indexOf(':');
    const watched = this.#watched[Number(key.slice(0, at))]!;
    return { watched, object: watched.informer.get(key.slice(at + 1) as ObjectKey) };
  }

  async #delete(watched: Watched, object: Stored, propagationPolicy: PropagationPolicy): Promise<void> {
    const { uid, resourceVersion } = object.metadata;
    await this.#context.client
      .delete(watched.resource, refOf(keyOf(object)), { propagationPolicy, preconditions: { uid, resourceVersion } })
      .catch(unlessGone);
  }

  async #setOwners(watched: Watched, object: Stored, ownerReferences: readonly OwnerReference[]): Promise<void> {
    const { uid, resourceVersion } = object.metadata;
    const patch = { metadata: { uid, resourceVersion, ownerReferences } };
    await this.#context.client.patch(watched.resource, refOf(keyOf(object)), 'merge', patch).catch(unlessGone);
  }

  async #unblockOwners(watched: Watched, object: Stored): Promise<void> {
    const owners = object.metadata.ownerReferences ?? [];
    await this.#setOwners(
      watched,
      object,
      owners.map((owner) => ({ ...owner, blockOwnerDeletion: false })),
    );
  }

  async #removeOwner({ watched, object }: { watched: Watched; object: Stored }, uid: string): Promise<void> {
    await this.#setOwners(
      watched,
      object,
      (object.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid),
    );
  }

  async #removeFinalizer(watched: Watched, object: Stored, finalizer: string): Promise<void> {
    const { uid, resourceVersion, finalizers = [] } = object.metadata;
    const patch = { metadata: { uid, resourceVersion, finalizers: finalizers.filter((name) => name !== finalizer) } };
    await this.#context.client.patch(watched.resource, refOf(keyOf(object)), 'merge', patch).catch(unlessGone);
  }
}

function garbageKey(index: number, key: ObjectKey): Key {
  return `${index}:${key}` as Key;
}

function isOf(owner: OwnerReference, resource: Resource): boolean {
  return resource.kind === owner.kind && apiVersionOf(resource) === owner.apiVersion;
}

/** Owners are of the dependent's own namespace, or of none. */
function keyOfOwner(owner: OwnerReference, resource: Resource, dependent: Stored): ObjectKey {
  return objectKey(resource.namespaced ? dependent.metadata.namespace : undefined, owner.name);
}

function blocks(dependent: Stored, owner: string): boolean {
  return (
    dependent.metadata.ownerReferences?.some(({ uid, blockOwnerDeletion }) => uid === owner && blockOwnerDeletion) ===
    true
  );
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

function isDeletedInForeground({ metadata }: Stored): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(FOREGROUND) === true;
}

function refOf(key: ObjectKey): { namespace?: string; name: string } {
  const { namespace, name } = splitKey(key);
  return { name, ...(namespace === undefined ? {} : { namespace }) };
}

function unlessGone(error: unknown): void {
  if (!isStatus(error, 'NotFound')) throw error;
}
