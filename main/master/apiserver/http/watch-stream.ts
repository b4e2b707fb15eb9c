import { sleep } from '#common/base/clock.ts';
import { apiVersionOf } from '#common/kube/resources.ts';
import { isStatus, StatusError } from '#common/kube/status-error.ts';
import type { Api } from '../api.ts';
import type { ObjectRequest } from '../handlers/request.ts';
import { watchObjects, type Watch, type WatchedChange, type WatchQuery } from '../handlers/watch.ts';
import type { CachedObject } from '../../store/cache/cached-object.ts';
import { drained, isGone, type ApiResponse } from './exchange.ts';
import type { RenderOptions } from './render.ts';
import { partialMetadata, tableOf } from './table.ts';

/** A reader that lets this much pile up is too slow: it is cut off, and resumes where it was. */
const BACKLOG_LIMIT = 16 * 1024 * 1024;
const BOOKMARK_EVERY_MS = 60_000;
/** Watches end at a random time between this and twice this (apiserver's minRequestTimeout). */
const SHORTEST_MS = 30 * 60_000;
const BOOKMARK_BEFORE_END_MS = 2_000;
/** All first objects must be read within this time. */
const INITIAL_MS = 60_000;
const FINISH_MS = 10_000;

/**
 * The bytes of the newest event as JSON, by its type: all watchers are told of one change before the next.
 * Older ones are not kept, for they would double the memory of every object that is watched.
 */
const newestEvent: { object: CachedObject | undefined; readonly forms: Map<string, Buffer> } = {
  object: undefined,
  forms: new Map(),
};

/** Answers a watch: one JSON event per line, until its time is over, the reader goes, or the server stops. */
export async function streamWatch(
  api: Api,
  request: ObjectRequest,
  query: WatchQuery & { readonly timeoutSeconds?: number | undefined },
  options: RenderOptions,
  response: ApiResponse,
  signal: AbortSignal,
): Promise<void> {
  const watch = beginWatch(api, request, query);
  const { as } = options.representation;
  const type =
    as === 'object'
      ? 'application/json'
      : `application/json;as=${as === 'table' ? 'Table' : 'PartialObjectMetadata'};g=meta.k8s.io;v=v1`;
  response.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache, private' });
  if (watch instanceof StatusError) {
    response.end(line({ type: 'ERROR', object: watch.status }));
    return;
  }
  let headers = true;
  // False when the reader has to be waited for.
  const send = (bytes: Buffer): boolean => {
    const keepsUp = response.write(bytes);
    if (response.writableLength > BACKLOG_LIMIT) response.destroy();
    return keepsUp;
  };
  const sendChange = (change: WatchedChange): boolean => {
    const bytes = encodeChange(api, request, change, options, headers);
    headers = false;
    return send(bytes);
  };
  // What happens while the first objects are on their way waits behind them.
  let waiting: WatchedChange[] | undefined = [];
  let waitingBytes = 0;
  using _following = watch.follow((change) => {
    if (!waiting) sendChange(change);
    else if ((waitingBytes += change.object.bytes.length) > BACKLOG_LIMIT) response.destroy();
    else waiting.push(change);
  });
  response.flushHeaders();
  await sendInitial(api, watch.initial, sendChange, response);
  const bookmark = (revision: number, annotations?: Record<string, string>): boolean =>
    send(encodeBookmark(request, revision, options, annotations));
  if (watch.marksInitialEnd && query.allowWatchBookmarks === true) {
    bookmark(watch.revision, { 'k8s.io/initial-events-end': 'true' });
  }
  waiting.forEach(sendChange);
  waiting = undefined;

  const asked =
    query.timeoutSeconds === undefined || query.timeoutSeconds <= 0 ? undefined : query.timeoutSeconds * 1000;
  const lifetime = asked ?? SHORTEST_MS * (1 + api.random.next());
  const mark = query.allowWatchBookmarks === true ? () => bookmark(watch.currentRevision()) : undefined;
  await pass(api, response, signal, lifetime, mark);
  await finish(api, response);
}

/** A version that is too old is told in the stream, as every error after authorization (KEP-365). */
function beginWatch(api: Api, request: ObjectRequest, query: WatchQuery): Watch | StatusError {
  try {
    return watchObjects(api, request, query);
  } catch (error) {
    if (isStatus(error, 'Expired')) return error;
    throw error;
  }
}

/** At the reader's pace, but not at any pace. */
async function sendInitial(
  api: Api,
  initial: readonly WatchedChange[],
  send: (change: WatchedChange) => boolean,
  response: ApiResponse,
): Promise<void> {
  if (initial.length === 0) return;
  using _patience = api.clock.after(INITIAL_MS, () => response.destroy());
  for (const change of initial) {
    if (isGone(response)) return;
    if (!send(change)) await drained(response);
  }
}

/** Ends the stream; a reader that does not take the rest is cut off. */
async function finish(api: Api, response: ApiResponse): Promise<void> {
  if (isGone(response)) return;
  using _patience = api.clock.after(FINISH_MS, () => response.destroy());
  await new Promise<void>((resolve) => {
    response.once('close', resolve);
    response.end(() => resolve());
  });
}

/** Lets the watch's time pass; returns early when the reader or the server is gone. */
async function pass(
  api: Api,
  response: ApiResponse,
  signal: AbortSignal,
  lifetimeMs: number,
  bookmark: (() => void) | undefined,
): Promise<void> {
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  response.once('close', leave);
  signal.addEventListener('abort', leave, { once: true });
  if (isGone(response) || signal.aborted) leave();
  try {
    const end = api.clock.monotonic() + lifetimeMs;
    for (let left = lifetimeMs; left > 0; left = end - api.clock.monotonic()) {
      const last = left <= BOOKMARK_EVERY_MS + BOOKMARK_BEFORE_END_MS;
      const pause = last ? Math.max(0, left - BOOKMARK_BEFORE_END_MS) : BOOKMARK_EVERY_MS;
      await sleep(api.clock, pause, gone.signal);
      bookmark?.();
      if (!last) continue;
      await sleep(api.clock, Math.min(left, BOOKMARK_BEFORE_END_MS), gone.signal);
      return;
    }
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  } finally {
    response.off('close', leave);
    signal.removeEventListener('abort', leave);
  }
}

function encodeChange(
  api: Api,
  request: ObjectRequest,
  { type, object }: WatchedChange,
  options: RenderOptions,
  headers: boolean,
): Buffer {
  switch (options.representation.as) {
    case 'object':
      return sharedEvent(type, object);
    case 'table': {
      const meta = { resourceVersion: String(object.revision) };
      const table = tableOf(request.kind, [object], meta, { ...options, now: api.clock.now(), headers });
      return line({ type, object: table });
    }
    case 'metadata':
      return line({ type, object: partialMetadata(object.value) });
    default:
      return options.representation.as satisfies never;
  }
}

function sharedEvent(type: string, object: CachedObject): Buffer {
  const { forms } = newestEvent;
  if (newestEvent.object !== object) {
    newestEvent.object = object;
    forms.clear();
  }
  let bytes = forms.get(type);
  if (!bytes) {
    bytes = Buffer.concat([Buffer.from(`{"type":"${type}","object":`), object.bytes, Buffer.from('}\n')]);
    forms.set(type, bytes);
  }
  return bytes;
}

function encodeBookmark(
  request: ObjectRequest,
  revision: number,
  options: RenderOptions,
  annotations: Record<string, string> | undefined,
): Buffer {
  const { resource } = request.kind;
  const metadata = {
    resourceVersion: String(revision),
    creationTimestamp: null,
    ...(annotations ? { annotations } : {}),
  };
  switch (options.representation.as) {
    case 'object':
      return line({ type: 'BOOKMARK', object: { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata } });
    case 'table':
      return line({
        type: 'BOOKMARK',
        object: { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata, columnDefinitions: [], rows: [] },
      });
    case 'metadata':
      return line({
        type: 'BOOKMARK',
        object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata },
      });
    default:
      return options.representation.as satisfies never;
  }
}

function line(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`, 'utf8');
}
