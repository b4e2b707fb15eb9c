import { parseFrozen } from '#common/base/freeze.ts';
import type { KubeObject, Stored } from '#common/kube/object.ts';
import { apiVersionOf, type Resource } from '#common/kube/resources.ts';
import { StatusError, type Status } from '#common/kube/status-error.ts';
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
} from '../client.ts';
import { queryText, resourcePath } from '../url.ts';
import { HttpsSession, type HttpAnswer, type HttpRequest, type SessionOptions } from './session.ts';
import { lines } from './lines.ts';

const PATCH_TYPES: Readonly<Record<PatchType, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
};

/** `Client` over HTTPS, on one multiplexed HTTP/2 connection. */
export class HttpsClient implements Client, AsyncDisposable {
  readonly session: HttpsSession;

  constructor(options: SessionOptions) {
    this.session = new HttpsSession(options);
  }

  async get<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, signal?: AbortSignal): Promise<Stored<T>> {
    return this.#json({ method: 'GET', path: resourcePath(resource, ref.namespace, ref.name), signal });
  }

  async list<T extends KubeObject>(
    resource: Resource<T>,
    options: ListOptions = {},
    signal?: AbortSignal,
  ): Promise<ListResult<T>> {
    const { namespace, ...parameters } = options;
    const path = resourcePath(resource, namespace) + queryText(parameters);
    const list = await this.#json<{
      metadata: { resourceVersion: string; continue?: string };
      items: Stored<T>[];
    }>({ method: 'GET', path, signal });
    // Items of a list carry no type of their own.
    const type = { apiVersion: apiVersionOf(resource), kind: resource.kind };
    const items = list.items.map((item): Stored<T> => {
      const typed = Object.assign({}, type, item);
      Object.freeze(typed);
      return typed;
    });
    return {
      resourceVersion: list.metadata.resourceVersion,
      items,
      ...(list.metadata.continue ? { continue: list.metadata.continue } : {}),
    };
  }

  async *watch<T extends KubeObject>(
    resource: Resource<T>,
    options: WatchOptions,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>> {
    const { namespace, ...parameters } = options;
    const path =
      resourcePath(resource, namespace) + queryText({ ...parameters, watch: true, allowWatchBookmarks: true });
    const answer = await this.session.request({ method: 'GET', path, signal });
    if (answer.status !== 200) throw await readFailure(answer);
    for await (const line of lines(answer.body)) {
      const event = parseFrozen<WireEvent<T>>(line);
      switch (event.type) {
        case 'BOOKMARK':
          yield { type: 'BOOKMARK', resourceVersion: event.object.metadata.resourceVersion };
          break;
        case 'ERROR':
          throw StatusError.from(event.object);
        default:
          yield event;
      }
    }
  }

  async create<T extends KubeObject>(resource: Resource<T>, object: T, options: WriteOptions = {}): Promise<Stored<T>> {
    const path = resourcePath(resource, object.metadata?.namespace) + managerQuery(options);
    return this.#json({ method: 'POST', path, ...jsonBody(object) });
  }

  async update<T extends KubeObject>(resource: Resource<T>, object: T, options: WriteOptions = {}): Promise<Stored<T>> {
    const { namespace, name } = object.metadata ?? {};
    const path = resourcePath(resource, namespace, name, options.subresource) + managerQuery(options);
    return this.#json({ method: 'PUT', path, ...jsonBody(object) });
  }

  async patch<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    type: PatchType,
    patch: unknown,
    options: WriteOptions = {},
  ): Promise<Stored<T>> {
    const path = resourcePath(resource, ref.namespace, ref.name, options.subresource) + managerQuery(options);
    return this.#json({ method: 'PATCH', path, ...jsonBody(patch, PATCH_TYPES[type]) });
  }

  async delete<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    options: DeleteOptions = {},
  ): Promise<void> {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', ...options };
    await this.#json({ method: 'DELETE', path: resourcePath(resource, ref.namespace, ref.name), ...jsonBody(body) });
  }

  async createSubresource<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    subresource: string,
    body: KubeObject,
  ): Promise<KubeObject> {
    const path = resourcePath(resource, ref.namespace, ref.name, subresource);
    return this.#json({ method: 'POST', path, ...jsonBody(body) });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.session[Symbol.asyncDispose]();
  }

  async #json<T>(request: HttpRequest): Promise<T> {
    const answer = await this.session.request({
      ...request,
      headers: { accept: 'application/json', ...request.headers },
    });
    if (answer.status < 200 || answer.status > 299) throw await readFailure(answer);
    return parseFrozen<T>(await text(answer));
  }
}

type WireEvent<T extends KubeObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: Stored<T> }
  | { readonly type: 'BOOKMARK'; readonly object: { readonly metadata: { readonly resourceVersion: string } } }
  | { readonly type: 'ERROR'; readonly object: Status };

function jsonBody(value: unknown, type = 'application/json'): Pick<HttpRequest, 'body' | 'headers'> {
  return { body: JSON.stringify(value), headers: { 'content-type': type } };
}

function managerQuery(options: WriteOptions): string {
  return queryText({ fieldManager: options.fieldManager });
}

async function text(answer: HttpAnswer): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** The error that an answer tells of. */
export async function readFailure(answer: HttpAnswer): Promise<StatusError> {
  const body = await text(answer);
  try {
    const status = JSON.parse(body) as Partial<Status>;
    if (status.kind === 'Status') return StatusError.from({ code: answer.status, ...status } as Status);
  } catch {
    // Not a Status: something in between answered.
  }
  return new StatusError(answer.status, '', `the server answered ${answer.status}: ${body.slice(0, 200)}`);
}
