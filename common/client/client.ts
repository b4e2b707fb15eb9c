import type { KubeObject, Stored } from '#common/kube/object.ts';
import type { Resource } from '#common/kube/resources.ts';

export interface ObjectRef {
  readonly namespace?: string;
  readonly name: string;
}

export interface ListOptions {
  /** One namespace; all of them when absent. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
}

export interface ListResult<T extends KubeObject> {
  /** Watching from here misses nothing and repeats nothing. */
  readonly resourceVersion: string;
  readonly items: readonly Stored<T>[];
  /** Where the next page begins, when there is one. */
  readonly continue?: string;
}

export interface WatchOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly resourceVersion: string;
}

export type WatchEvent<T extends KubeObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: Stored<T> }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

export interface WriteOptions {
  readonly subresource?: 'status' | 'scale' | 'approval' | 'finalize';
  readonly fieldManager?: string;
}

export type PatchType = 'json' | 'merge' | 'strategic';

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

/**
 * The Kubernetes API as one named identity sees it. Every consumer (controllers, scheduler, agent,
 * window, tests) goes through it; implementations: in process, and HTTPS.
 *
 * Errors are `StatusError`s. Objects that come back are frozen and may be shared.
 * A watch ends normally when the server ends it, and throws `StatusError` 410 when its revision is too old.
 */
export interface Client {
  get<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, signal?: AbortSignal): Promise<Stored<T>>;
  list<T extends KubeObject>(
    resource: Resource<T>,
    options?: ListOptions,
    signal?: AbortSignal,
  ): Promise<ListResult<T>>;
  watch<T extends KubeObject>(
    resource: Resource<T>,
    options: WatchOptions,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>>;
  create<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<Stored<T>>;
  /** Replaces the object; its metadata.resourceVersion, when set, must be current. */
  update<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<Stored<T>>;
  patch<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    type: PatchType,
    patch: unknown,
    options?: WriteOptions,
  ): Promise<Stored<T>>;
  delete<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, options?: DeleteOptions): Promise<void>;
  /** Writes to a subresource whose body is of another kind (binding, scale, eviction, token). */
  createSubresource<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    subresource: string,
    body: KubeObject,
  ): Promise<KubeObject>;
}
