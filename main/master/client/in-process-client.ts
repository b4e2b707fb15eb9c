import type {
  Client,
  DeleteOptions,
  ListOptions,
  ListResult,
  ObjectRef,
  PatchType,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from '#common/client/client.ts';
import { isAborted } from '#common/base/abort.ts';
import type { KubeObject, Stored } from '#common/kube/object.ts';
import type { Resource } from '#common/kube/resources.ts';
import { statusError, type StatusError } from '#common/kube/status-error.ts';
import { resourcePath } from '#common/client/url.ts';
import { asStatusError } from '../apiserver/http/exchange.ts';
import type { Api } from '../apiserver/api.ts';
import type { User } from '../apiserver/authentication/user.ts';
import { authorize } from '../apiserver/authorization/authorize.ts';
import { selectedName } from '../apiserver/authorization/selected-name.ts';
import { createObject } from '../apiserver/handlers/create.ts';
import { deleteObject } from '../apiserver/handlers/delete.ts';
import { getObject } from '../apiserver/handlers/get.ts';
import { listObjects } from '../apiserver/handlers/list.ts';
import { patchObject } from '../apiserver/handlers/patch.ts';
import type { ObjectRequest, WriteRequest } from '../apiserver/handlers/request.ts';
import { act, subresourceOf, writeView } from '../apiserver/handlers/subresource.ts';
import { updateObject } from '../apiserver/handlers/update.ts';
import { watchObjects, type WatchedChange } from '../apiserver/handlers/watch.ts';
import type { Kind } from '../apiserver/kind.ts';

/** A consumer that lets so many events wait is too slow, and has to list again. */
const BACKLOG_LIMIT = 50_000;

/**
 * The API for what runs inside the master: the same chain as over HTTPS (authorization, admission,
 * validation), without sockets and without copies. Objects are the cache's own, frozen.
 */
export class InProcessClient implements Client {
  readonly #api: Api;
  readonly #user: User;
  readonly #name: string;

  /** `name` is the field manager of its writes. */
  constructor(api: Api, user: User, name: string) {
    this.#api = api;
    this.#user = user;
    this.#name = name;
  }

  async get<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef): Promise<Stored<T>> {
    const request = this.#allowed(resource, 'get', ref.namespace, ref.name);
    return Promise.resolve(typed<T>(getObject(this.#api, request).value));
  }

  async list<T extends KubeObject>(resource: Resource<T>, options: ListOptions = {}): Promise<ListResult<T>> {
    const request = this.#allowedCollection(resource, 'list', options);
    const answer = await listObjects(this.#api, request, options);
    return {
      resourceVersion: answer.resourceVersion,
      items: answer.objects.map(({ value }) => typed<T>(value)),
      ...(answer.continue ? { continue: answer.continue } : {}),
    };
  }

  async *watch<T extends KubeObject>(
    resource: Resource<T>,
    options: WatchOptions,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>> {
    const request = this.#allowedCollection(resource, 'watch', options);
    const watch = watchObjects(this.#api, request, options);
    let waiting: WatchedChange[] = [...watch.initial];
    let wake: (() => void) | undefined;
    // Events are handed over in a later turn: whoever writes never runs its own watchers.
    using _following = watch.follow((change) => {
      waiting.push(change);
      wake?.();
    });
    const stop = (): void => wake?.();
    signal.addEventListener('abort', stop, { once: true });
    try {
      while (!signal.aborted) {
        const batch = waiting;
        waiting = [];
        for (const { type, object } of batch) yield { type, object: typed<T>(object.value) };
        if (waiting.length > BACKLOG_LIMIT) throw statusError.expired('the watcher fell behind');
        // An abort that came while events were handed over woke nobody.
        if (waiting.length === 0 && !isAborted(signal)) await new Promise<void>((resolve) => (wake = resolve));
        wake = undefined;
      }
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async create<T extends KubeObject>(resource: Resource<T>, object: T, options: WriteOptions = {}): Promise<Stored<T>> {
    // As over HTTP, a name that is in the body only is not known to authorization.
    const request = this.#allowed(resource, 'create', object.metadata?.namespace);
    const created = this.#audited(
      'create',
      request,
      () => createObject(this.#api, this.#write(request, options), object),
      (written) => written.object.metadata.name,
    );
    return typed<T>((await created).object);
  }

  async update<T extends KubeObject>(resource: Resource<T>, object: T, options: WriteOptions = {}): Promise<Stored<T>> {
    const { namespace, name = '' } = object.metadata ?? {};
    const request = this.#allowed(resource, 'update', namespace, name, options.subresource);
    const write = this.#write(request, options);
    const subresource = this.#subresource(request.kind, options.subresource);
    return this.#audited('update', request, async () => {
      if (subresource?.style === 'view') {
        return typed<T>(await writeView(this.#api, write, subresource, { body: object }));
      }
      return typed<T>((await updateObject(this.#api, write, object)).object);
    });
  }

  async patch<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    type: PatchType,
    patch: unknown,
    options: WriteOptions = {},
  ): Promise<Stored<T>> {
    const request = this.#allowed(resource, 'patch', ref.namespace, ref.name, options.subresource);
    const write = this.#write(request, options);
    const subresource = this.#subresource(request.kind, options.subresource);
    return this.#audited('patch', request, async () => {
      if (subresource?.style === 'view') {
        return typed<T>(await writeView(this.#api, write, subresource, { type, patch }));
      }
      return typed<T>((await patchObject(this.#api, write, type, patch)).object);
    });
  }

  async delete<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    options: DeleteOptions = {},
  ): Promise<void> {
    const request = this.#allowed(resource, 'delete', ref.namespace, ref.name);
    await this.#audited('delete', request, () => deleteObject(this.#api, this.#write(request, {}), options));
  }

  async createSubresource<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    name: string,
    body: KubeObject,
  ): Promise<KubeObject> {
    const request = this.#allowed(resource, 'create', ref.namespace, ref.name, name);
    const subresource = subresourceOf(request.kind, name);
    if (subresource.style !== 'action') throw statusError.methodNotSupported(resource, 'create');
    return this.#audited('create', request, () => act(this.#api, this.#write(request, {}), subresource, body));
  }

  /** Notes a write as it would be noted had it come over HTTP. */
  async #audited<R>(
    verb: string,
    request: ObjectRequest,
    write: () => Promise<R>,
    nameOf: (result: R) => string = () => request.name,
  ): Promise<R> {
    const receivedAt = this.#api.clock.now();
    let failure: StatusError | undefined;
    let { name } = request;
    try {
      const result = await write();
      name = nameOf(result);
      return result;
    } catch (error) {
      failure = asStatusError(error);
      throw error;
    } finally {
      const { user, kind, namespace, subresource } = request;
      const { group, version, plural: resource } = kind.resource;
      this.#api.audit.note({
        attributes: { user, verb, group, version, resource, subresource, namespace, name },
        uri: resourcePath(kind.resource, namespace || undefined, request.name || undefined, subresource || undefined),
        sourceAddress: '127.0.0.1',
        userAgent: this.#name,
        code: failure?.code ?? (verb === 'create' ? 201 : 200),
        failure: failure?.status,
        receivedAt,
      });
    }
  }

  #subresource(kind: Kind, name: string | undefined): ReturnType<typeof subresourceOf> | undefined {
    return name === undefined ? undefined : subresourceOf(kind, name);
  }

  #allowedCollection(resource: Resource, verb: string, { namespace, fieldSelector }: ListOptions): ObjectRequest {
    return this.#allowed(resource, verb, namespace, selectedName(fieldSelector), '', fieldSelector);
  }

  #allowed(
    resource: Resource,
    verb: string,
    namespace = '',
    name = '',
    subresource = '',
    fieldSelector?: string,
  ): ObjectRequest {
    const { group, version, plural } = resource;
    const user = this.#user;
    authorize(this.#api.authorizer, {
      user,
      verb,
      group,
      version,
      resource: plural,
      subresource,
      namespace,
      name,
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
    });
    const kind = this.#api.kinds.of(resource);
    return { user, kind, namespace: kind.resource.namespaced ? namespace : '', name, subresource };
  }

  #write(request: ObjectRequest, options: WriteOptions): WriteRequest {
    return {
      ...request,
      dryRun: false,
      fieldManager: options.fieldManager ?? this.#name,
      // What runs inside is typed: unknown fields are bugs, and must not pass unseen.
      fieldValidation: 'Strict',
      warn: () => undefined,
    };
  }
}

/** The kind's own decoding is what makes this true. */
function typed<T extends KubeObject>(object: unknown): Stored<T> {
  return object as Stored<T>;
}
