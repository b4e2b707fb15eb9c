import { isAborted } from '#common/base/abort.ts';
import { deepFreeze } from '#common/base/freeze.ts';
import type {
  Client,
  DeleteOptions,
  ListOptions,
  ListResult,
  ObjectRef,
  PatchType,
  WatchEvent,
  WatchOptions,
} from '#common/client/client.ts';
import { objectKey, type KubeObject, type ObjectKey, type Stored } from '#common/kube/object.ts';
import type { Resource } from '#common/kube/resources.ts';
import { FieldSelector } from '#common/kube/selectors/fields.ts';
import { LabelSelector } from '#common/kube/selectors/labels.ts';
import { statusError } from '#common/kube/status-error.ts';

type Json = Record<string, unknown>;
type Listener = (event: WatchEvent<KubeObject>) => void;

/** An API in memory, as much of it as the agent uses. Graceful deletion of pods is part of that. */
export class MemoryClient implements Client {
  readonly writes: string[] = [];
  /** When set, every write fails with it. */
  failure: Error | undefined;
  readonly #objects = new Map<Resource, Map<ObjectKey, Stored>>();
  readonly #listeners = new Map<Resource, Set<Listener>>();
  #version = 100;
  #uid = 0;

  /** The object as it is stored, or nothing. */
  find<T extends KubeObject>(resource: Resource<T>, name: string, namespace?: string): Stored<T> | undefined {
    return this.#of(resource).get(objectKey(namespace, name)) as unknown as Stored<T> | undefined;
  }

  all<T extends KubeObject>(resource: Resource<T>): Stored<T>[] {
    return [...this.#of(resource).values()] as unknown as Stored<T>[];
  }

  async get<T extends KubeObject>(resource: Resource<T>, { namespace, name }: ObjectRef): Promise<Stored<T>> {
    const found = this.find(resource, name, namespace);
    if (!found) throw statusError.notFound(resource, name);
    return found;
  }

  async list<T extends KubeObject>(resource: Resource<T>, options: ListOptions = {}): Promise<ListResult<T>> {
    const items = this.all(resource).filter((object) => selected(object as unknown as Stored, options));
    return { resourceVersion: String(this.#version), items };
  }

  async *watch<T extends KubeObject>(
    resource: Resource<T>,
    options: WatchOptions,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>> {
    const pending: WatchEvent<T>[] = [];
    let wake = Promise.withResolvers<void>();
    const listener: Listener = (event) => {
      if (event.type !== 'BOOKMARK' && selected(event.object, options)) pending.push(event as unknown as WatchEvent<T>);
      wake.resolve();
    };
    const listeners = this.#listeners.get(resource) ?? new Set();
    this.#listeners.set(resource, listeners.add(listener));
    const stop = (): void => wake.resolve();
    signal.addEventListener('abort', stop, { once: true });
    try {
      while (!isAborted(signal)) {
        for (let event = pending.shift(); event; event = pending.shift()) yield event;
        wake = Promise.withResolvers<void>();
        if (!isAborted(signal)) await wake.promise;
      }
    } finally {
      listeners.delete(listener);
      signal.removeEventListener('abort', stop);
    }
  }

  async create<T extends KubeObject>(resource: Resource<T>, object: T): Promise<Stored<T>> {
    this.#note(`create ${resource.plural}`);
    const { name, namespace } = object.metadata ?? {};
    const finalName = name ?? `${object.metadata?.generateName ?? ''}${this.#uid}`;
    if (this.find(resource, finalName, namespace)) throw statusError.alreadyExists(resource, finalName);
    const metadata = {
      uid: `uid-${++this.#uid}`,
      creationTimestamp: '2030-01-01T00:00:00Z',
      ...object.metadata,
      name: finalName,
    };
    return this.#store(resource, { ...object, metadata } as unknown as Json, 'ADDED') as unknown as Stored<T>;
  }

  async update<T extends KubeObject>(resource: Resource<T>, object: T): Promise<Stored<T>> {
    this.#note(`update ${resource.plural}`);
    const { name = '', namespace, resourceVersion } = object.metadata ?? {};
    const current = await this.get(resource, { name, ...(namespace ? { namespace } : {}) });
    if (resourceVersion && resourceVersion !== current.metadata.resourceVersion) {
      throw statusError.conflict(resource, name, 'it was modified');
    }
    const metadata = { ...current.metadata, ...object.metadata };
    return this.#store(resource, { ...object, metadata } as unknown as Json, 'MODIFIED') as unknown as Stored<T>;
  }

  async patch<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    _type: PatchType,
    patch: unknown,
  ): Promise<Stored<T>> {
    this.#note(`patch ${resource.plural}`);
    const current = await this.get(resource, ref);
    const { metadata } = patch as { metadata?: { uid?: string } };
    if (metadata?.uid && metadata.uid !== current.metadata.uid) {
      throw statusError.conflict(resource, ref.name, 'another uid');
    }
    return this.#store(resource, merge(current, patch) as Json, 'MODIFIED') as unknown as Stored<T>;
  }

  async delete<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    options: DeleteOptions = {},
  ): Promise<void> {
    const grace = options.gracePeriodSeconds;
    this.#note(`delete ${resource.plural}${grace === undefined ? '' : ` grace=${grace}`}`);
    const current = (await this.get(resource, ref)) as unknown as Stored;
    if (options.preconditions?.uid && options.preconditions.uid !== current.metadata.uid) {
      throw statusError.conflict(resource, ref.name, 'another uid');
    }
    if (resource.kind === 'Pod' && grace !== 0) {
      const spec = (current as unknown as { spec: { terminationGracePeriodSeconds?: number } }).spec;
      const metadata = {
        ...current.metadata,
        deletionTimestamp: '2030-01-01T00:00:30Z',
        deletionGracePeriodSeconds: grace ?? spec.terminationGracePeriodSeconds ?? 30,
      };
      this.#store(resource, { ...current, metadata }, 'MODIFIED');
      return;
    }
    this.#of(resource).delete(objectKey(ref.namespace, ref.name));
    const metadata = {
      ...current.metadata,
      resourceVersion: String(++this.#version),
      ...(resource.kind === 'Pod' ? { deletionGracePeriodSeconds: 0 } : {}),
    };
    this.#tell(resource, { type: 'DELETED', object: deepFreeze({ ...current, metadata }) });
  }

  createSubresource(): Promise<KubeObject> {
    throw new Error('no subresources here');
  }

  #store(resource: Resource, object: Json, type: 'ADDED' | 'MODIFIED'): Stored {
    const metadata = { ...(object['metadata'] as Json), resourceVersion: String(++this.#version) };
    const stored = deepFreeze(structuredClone({ ...object, metadata })) as unknown as Stored;
    this.#of(resource).set(objectKey(stored.metadata.namespace, stored.metadata.name), stored);
    this.#tell(resource, { type, object: stored });
    return stored;
  }

  #tell(resource: Resource, event: WatchEvent<KubeObject>): void {
    for (const listener of this.#listeners.get(resource) ?? []) listener(event);
  }

  #of(resource: Resource): Map<ObjectKey, Stored> {
    const found = this.#objects.get(resource) ?? new Map<ObjectKey, Stored>();
    this.#objects.set(resource, found);
    return found;
  }

  #note(write: string): void {
    if (this.failure) throw this.failure;
    this.writes.push(write);
  }
}

function selected(object: Stored, { namespace, labelSelector, fieldSelector }: ListOptions): boolean {
  if (namespace && object.metadata.namespace !== namespace) return false;
  if (labelSelector && !LabelSelector.parse(labelSelector).matches(object.metadata.labels)) return false;
  const { spec } = object as unknown as { spec?: { nodeName?: string } };
  const fieldOf = (field: string): string =>
    ({ 'metadata.name': object.metadata.name, 'spec.nodeName': spec?.nodeName ?? '' })[field] ?? '';
  return !fieldSelector || FieldSelector.parse(fieldSelector).matches(fieldOf);
}

/** A strategic merge for the lists that the agent patches: conditions and addresses, by their type. */
function merge(before: unknown, patch: unknown): unknown {
  if (Array.isArray(patch)) {
    const [first] = patch as Json[];
    if (first?.['$patch'] === 'replace') return patch.slice(1);
    if (!Array.isArray(before) || first?.['type'] === undefined) return patch;
    const merged = (before as Json[]).map((item) => ({ ...item }));
    for (const item of patch as Json[]) {
      const index = merged.findIndex(({ type }) => type === item['type']);
      if (index < 0) merged.push(item);
      else merged[index] = merge(merged[index], item) as Json;
    }
    return merged;
  }
  if (typeof patch !== 'object' || patch === null) return patch;
  const result: Json = { ...(typeof before === 'object' && before !== null ? (before as Json) : {}) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merge(result[key], value);
  }
  return result;
}
