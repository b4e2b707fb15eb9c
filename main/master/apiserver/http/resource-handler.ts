import type { PatchType } from '#common/client/client.ts';
import { fieldError, fieldErrorText } from '#common/kube/field-error.ts';
import type { KubeObject } from '#common/kube/object.ts';
import { isObject } from '#common/kube/schema/decode.ts';
import { statusError } from '#common/kube/status-error.ts';
import type { Api } from '../api.ts';
import type { User } from '../authentication/user.ts';
import { createObject } from '../handlers/create.ts';
import { expectedOf } from '../handlers/decode-object.ts';
import { deleteObject, type Deleted } from '../handlers/delete.ts';
import { readDeleteOptions, type DeleteOptions } from '../handlers/delete-options.ts';
import { deleteCollection } from '../handlers/delete-collection.ts';
import { getObject } from '../handlers/get.ts';
import { listObjects } from '../handlers/list.ts';
import { patchObject } from '../handlers/patch.ts';
import type { ObjectRequest, WriteRequest } from '../handlers/request.ts';
import { act, readView, subresourceOf, typeOf, writeView } from '../handlers/subresource.ts';
import { updateObject } from '../handlers/update.ts';
import { checkWriteOptions } from '../handlers/write-options.ts';
import type { Written } from '../handlers/write-object.ts';
import type { Kind } from '../kind.ts';
import type { Connectors } from '../streaming/connectors.ts';
import { fromJson, mediaType, parseObject, readBytes, readObject, type BodyType } from './body.ts';
import { sendBytes, sendJson, type ApiRequest, type ApiResponse } from './exchange.ts';
import { negotiate } from './negotiation.ts';
import { encoded, renderList, renderObject, type Rendered, type RenderOptions } from './render.ts';
import { isTrue, type ResourceInfo } from './request-info.ts';
import type { RequestRecord } from './request-record.ts';
import { checkRoute } from './route.ts';
import { warningsOf } from './warnings.ts';
import { streamWatch } from './watch-stream.ts';

export interface ResourceExchange {
  readonly api: Api;
  readonly connectors: Connectors;
  readonly user: User;
  readonly info: ResourceInfo;
  readonly kind: Kind;
  readonly request: ApiRequest;
  readonly response: ApiResponse;
  readonly record: RequestRecord;
  /** Aborts when the server stops. */
  readonly signal: AbortSignal;
}

/** Answers a request about a kind that is already known to be allowed. */
export async function handleResource(exchange: ResourceExchange): Promise<void> {
  const { info, kind } = exchange;
  checkRoute(info, kind);
  if (info.subresource !== '') {
    await handleSubresource(exchange);
    return;
  }
  // First, so that nothing is done whose answer cannot be given.
  const options = renderOptions(exchange);
  const { api, response, signal } = exchange;
  const object = objectRequest(exchange);
  if (kind.review && info.verb !== 'create') throw statusError.methodNotSupported(kind.resource, info.verb);
  switch (info.verb) {
    case 'get':
      await send(exchange, 200, renderObject(kind, getObject(api, object), options));
      return;
    case 'list':
      await send(exchange, 200, renderList(kind, await listObjects(api, object, listQuery(info.query)), options));
      return;
    case 'watch':
      await streamWatch(api, object, watchQuery(info.query), options, response, signal);
      return;
    case 'create':
      await writeBody(exchange, createObject, options);
      return;
    case 'update':
      await writeBody(exchange, updateObject, options);
      return;
    case 'patch':
      await writePatch(exchange, options);
      return;
    case 'delete': {
      const how = await deleteOptionsOf(exchange);
      await sendDeleted(exchange, await deleteObject(api, writeRequest(exchange, how), how), options);
      return;
    }
    case 'deletecollection': {
      const how = await deleteOptionsOf(exchange);
      const list = await deleteCollection(api, writeRequest(exchange, how), listQuery(info.query), how);
      await send(exchange, 200, renderList(kind, list, options));
      return;
    }
    default:
      info.verb satisfies never;
  }
}

async function handleSubresource(exchange: ResourceExchange): Promise<void> {
  const { api, info, kind, request } = exchange;
  const subresource = subresourceOf(kind, info.subresource);
  const notSupported = (): Error => statusError.methodNotSupported(kind.resource, info.verb);
  if (subresource.style === 'connect') {
    const connector = exchange.connectors[info.subresource];
    if (!connector || !subresource.verbs.some((verb) => verb === info.verb)) throw notSupported();
    await connector(objectRequest(exchange), info.query, request, exchange.response, exchange.signal);
    return;
  }
  const options = renderOptions(exchange);
  switch (subresource.style) {
    case 'part':
      if (info.verb === 'get' && subresource.readable) {
        await send(exchange, 200, renderObject(kind, getObject(api, objectRequest(exchange)), options));
      } else if (info.verb === 'update') {
        await writeBody(exchange, updateObject, options);
      } else if (info.verb === 'patch') {
        await writePatch(exchange, options);
      } else throw notSupported();
      return;
    case 'view': {
      let view: KubeObject;
      if (info.verb === 'get') view = readView(api, objectRequest(exchange), subresource);
      else if (info.verb === 'update') {
        const { value: body, ...writing } = await readObject(request, api.schemas, typeOf(subresource));
        view = await writeView(api, { ...writeRequest(exchange), writing }, subresource, { body });
      } else if (info.verb === 'patch') {
        const { type, patch, writing } = await readPatch(request);
        view = await writeView(api, { ...writeRequest(exchange), writing }, subresource, { type, patch });
      } else throw notSupported();
      await send(exchange, 200, encoded(view, options.representation.encoding));
      return;
    }
    case 'action': {
      if (info.verb !== 'create') throw notSupported();
      const { value: body, ...writing } = await readObject(request, api.schemas, typeOf(subresource));
      const result = await act(api, { ...writeRequest(exchange), writing }, subresource, body);
      await sendJson(request, exchange.response, 201, result);
      return;
    }
    default:
      subresource satisfies never;
  }
}

function objectRequest({ user, kind, info }: ResourceExchange): ObjectRequest {
  const namespace = kind.resource.namespaced ? info.namespace : '';
  return { user, kind, namespace, name: info.name, subresource: info.subresource };
}

function writeRequest(exchange: ResourceExchange, options?: DeleteOptions): WriteRequest {
  const { info, request, response } = exchange;
  const { query } = info;
  const dryRun = options?.dryRun ?? query.getAll('dryRun');
  const fieldManager = query.get('fieldManager') ?? '';
  const fieldValidation = query.get('fieldValidation') ?? '';
  const kind = OPTIONS[info.verb];
  if (kind) checkWriteOptions(kind, { dryRun, fieldManager, fieldValidation, force: query.has('force') });
  return {
    ...objectRequest(exchange),
    dryRun: dryRun.length > 0,
    fieldManager: fieldManager || managerFromAgent(request.headers['user-agent']),
    fieldValidation: (fieldValidation || 'Warn') as WriteRequest['fieldValidation'],
    warn: warningsOf(response),
  };
}

/** Which options a verb takes in its query. */
const OPTIONS: Readonly<Record<string, Parameters<typeof checkWriteOptions>[0]>> = {
  create: 'CreateOptions',
  update: 'UpdateOptions',
  patch: 'PatchOptions',
};

/** Who writes, when it does not say so: the program's name, as in `kubectl/v1.33 (linux/amd64)`. */
function managerFromAgent(agent: string | undefined): string {
  return (agent ?? 'unknown').split('/')[0]!.slice(0, 128) || 'unknown';
}

function listQuery(query: URLSearchParams): Parameters<typeof listObjects>[2] {
  return {
    labelSelector: query.get('labelSelector') ?? undefined,
    fieldSelector: query.get('fieldSelector') ?? undefined,
    limit: wholeNumber(query, 'limit'),
    continue: query.get('continue') ?? undefined,
    resourceVersion: query.get('resourceVersion') ?? undefined,
    resourceVersionMatch: query.get('resourceVersionMatch') ?? undefined,
    sendInitialEvents: sendInitialEvents(query),
  };
}

function watchQuery(query: URLSearchParams): Parameters<typeof streamWatch>[2] {
  return {
    labelSelector: query.get('labelSelector') ?? undefined,
    fieldSelector: query.get('fieldSelector') ?? undefined,
    resourceVersion: query.get('resourceVersion') ?? undefined,
    allowWatchBookmarks: isTrue(query.get('allowWatchBookmarks')),
    continue: query.get('continue') ?? undefined,
    resourceVersionMatch: query.get('resourceVersionMatch') ?? undefined,
    sendInitialEvents: sendInitialEvents(query),
    timeoutSeconds: wholeNumber(query, 'timeoutSeconds'),
  };
}

function sendInitialEvents(query: URLSearchParams): boolean | undefined {
  return query.has('sendInitialEvents') ? isTrue(query.get('sendInitialEvents')) : undefined;
}

function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^-?\d{1,15}$/.test(text)) {
    throw statusError.badRequest(`strconv.ParseInt: parsing "${text}": invalid syntax`);
  }
  return Number(text);
}

function renderOptions({ api, info, kind, request }: ResourceExchange): RenderOptions {
  const isPosted = kind.review !== undefined || kind.subresources?.[info.subresource]?.style === 'action';
  const representation = negotiate(request.headers.accept, !isPosted);
  return {
    representation,
    include: representation.as === 'table' ? includeObject(info.query.get('includeObject') || 'Metadata') : 'Metadata',
    now: api.clock.now(),
  };
}

function includeObject(value: string): RenderOptions['include'] {
  if (value === 'None' || value === 'Object' || value === 'Metadata') return value;
  const error = fieldError.invalid('includeObject', value, "must be 'Metadata', 'Object', 'None', or empty");
  throw statusError.badRequest(`Unable to convert to Table as requested: ${fieldErrorText(error)}`);
}

async function writeBody(
  exchange: ResourceExchange,
  write: (api: Api, request: WriteRequest, body: unknown) => Promise<Written>,
  options: RenderOptions,
): Promise<void> {
  const { api, kind, request } = exchange;
  const { value, ...writing } = await readObject(request, api.schemas, expectedOf(kind));
  await sendWritten(exchange, await write(api, { ...writeRequest(exchange), writing }, value), options);
}

async function writePatch(exchange: ResourceExchange, options: RenderOptions): Promise<void> {
  const { type, patch, writing } = await readPatch(exchange.request);
  const request = { ...writeRequest(exchange), writing };
  await sendWritten(exchange, await patchObject(exchange.api, request, type, patch), options);
}

const PATCH_TYPES: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
};

interface PatchBody {
  readonly type: PatchType;
  readonly patch: unknown;
  readonly writing: NonNullable<WriteRequest['writing']>;
}

async function readPatch(request: ApiRequest): Promise<PatchBody> {
  const type = PATCH_TYPES[mediaType(request)];
  if (!type) throw statusError.unsupportedMediaType(Object.keys(PATCH_TYPES));
  const { value: patch, ...writing } = fromJson((await readBytes(request)).toString('utf8'));
  return { type, patch, writing: type === 'json' ? asJsonPatchProblems(writing) : writing };
}

/** The places in a list of operations are not those of the object that they make. */
function asJsonPatchProblems({ duplicates }: PatchBody['writing']): PatchBody['writing'] {
  return { duplicates: new Set(), problems: Array.from(duplicates, (path) => `json patch duplicate field "${path}"`) };
}

/** Clients write options in the version of the resource that they delete. */
const DELETE_OPTIONS: BodyType = { apiVersion: undefined, kind: 'DeleteOptions', type: 'meta.v1.DeleteOptions' };

async function deleteOptionsOf({ api, request, info }: ResourceExchange): Promise<DeleteOptions> {
  const bytes = await readBytes(request);
  const { query } = info;
  const fromQuery = {
    ...(query.has('gracePeriodSeconds') ? { gracePeriodSeconds: wholeNumber(query, 'gracePeriodSeconds') } : {}),
    ...(query.has('propagationPolicy') ? { propagationPolicy: query.get('propagationPolicy') } : {}),
    ...(query.has('orphanDependents') ? { orphanDependents: isTrue(query.get('orphanDependents')) } : {}),
    dryRun: query.getAll('dryRun'),
  };
  const body = bytes.length === 0 ? {} : parseObject(mediaType(request), bytes, api.schemas, DELETE_OPTIONS).value;
  if (!isObject(body) || (body['kind'] ?? DELETE_OPTIONS.kind) !== DELETE_OPTIONS.kind) {
    throw statusError.badRequest('decoded object cannot be converted to DeleteOptions');
  }
  return readDeleteOptions({ ...fromQuery, ...body });
}

async function send({ request, response }: ResourceExchange, status: number, rendered: Rendered): Promise<void> {
  await sendBytes(request, response, status, rendered.type, rendered.bytes);
}

async function sendWritten(exchange: ResourceExchange, written: Written, options: RenderOptions): Promise<void> {
  const { object: value, bytes, created } = written;
  if (created) exchange.record.createdName = value.metadata.name;
  await send(exchange, created ? 201 : 200, renderObject(exchange.kind, { value, bytes }, options));
}

async function sendDeleted(exchange: ResourceExchange, deleted: Deleted, options: RenderOptions): Promise<void> {
  if ('written' in deleted) await sendWritten(exchange, deleted.written, options);
  else await send(exchange, 200, encoded(deleted.status, options.representation.encoding));
}
