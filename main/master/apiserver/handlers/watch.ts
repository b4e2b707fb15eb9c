import { statusError } from '#common/kube/status-error.ts';
import type { CachedObject } from '../../store/cache/cached-object.ts';
import type { ObjectChange } from '../../store/cache/event-ring.ts';
import { CompactedError } from '../../store/store.ts';
import type { Api } from '../api.ts';
import { checkWatchOptions, type RevisionOptions } from './list-options.ts';
import { parseRevision } from './list.ts';
import { collectionOf, storeScope, type ObjectRequest } from './request.ts';
import { selectionOf, type SelectionQuery } from './selection.ts';

export interface WatchQuery extends SelectionQuery, RevisionOptions {
  readonly allowWatchBookmarks?: boolean | undefined;
}

/** A change as one watcher sees it: an object that no longer matches its selection was deleted, for it. */
export interface WatchedChange {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: CachedObject;
}

export interface Watch {
  /** What happened before the watch began, or all objects when the watch begins with them. */
  readonly initial: readonly WatchedChange[];
  /** The revision up to which `initial` tells everything. */
  readonly revision: number;
  /** Whether a bookmark is to mark the end of `initial`. */
  readonly marksInitialEnd: boolean;
  /** Everything after that, from the same turn on. Call it at once. */
  follow(listener: (change: WatchedChange) => void): Disposable;
  /** Up to which revision the watcher has heard everything. */
  currentRevision(): number;
}

/** Begins a watch. Throws 410 when its resourceVersion is too old. */
export function watchObjects(api: Api, request: ObjectRequest, query: WatchQuery): Watch {
  checkWatchOptions(query);
  const collection = collectionOf(api, request.kind);
  const selection = selectionOf(request.kind, query);
  const only = request.name === '' ? undefined : request.name;
  const scope = collection.prefix + storeScope(request);
  const isMeant = (object: CachedObject): boolean =>
    object.key.startsWith(scope) &&
    (only === undefined || object.value.metadata.name === only) &&
    (selection.everything || selection.matches(object.value));

  const seen = (change: ObjectChange): WatchedChange | undefined => {
    const { current, previous } = change;
    const was = previous !== undefined && isMeant(previous);
    const is = current !== undefined && isMeant(current);
    if (is) return { type: was ? 'MODIFIED' : 'ADDED', object: current };
    if (!was) return undefined;
    // It left the selection: its last matching version, with the resourceVersion of the change.
    return { type: 'DELETED', object: current ? previous.at(change.revision) : previous };
  };

  const { resourceVersion = '', sendInitialEvents } = query;
  const startsWithObjects = sendInitialEvents ?? (resourceVersion === '' || resourceVersion === '0');
  const asked = resourceVersion === '' ? 0 : parseRevision(resourceVersion);
  if (asked > collection.revision) throw statusError.tooLargeResourceVersion(asked, collection.revision);

  const initial = startsWithObjects
    ? Array.from(collection.under(storeScope(request)))
        .filter(isMeant)
        .map((object): WatchedChange => ({ type: 'ADDED', object }))
    : pastChanges(() => collection.changesAfter(asked === 0 ? collection.revision : asked), asked)
        .map(seen)
        .filter((change) => change !== undefined);

  return {
    initial,
    revision: collection.revision,
    marksInitialEnd: sendInitialEvents === true,
    follow: (listener) =>
      collection.subscribe((change) => {
        const event = seen(change);
        if (event) listener(event);
      }),
    currentRevision: () => collection.revision,
  };
}

function pastChanges(read: () => readonly ObjectChange[], asked: number): readonly ObjectChange[] {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof CompactedError)) throw error;
    throw statusError.expired(`too old resource version: ${asked} (${error.compacted})`);
  }
}
