import { statusError } from '#common/kube/status-error.ts';
import type { CachedObject } from '../../store/cache/cached-object.ts';
import { CompactedError } from '../../store/store.ts';
import type { Api } from '../api.ts';
import { encodeContinue, decodeContinue, LATEST } from './continue-token.ts';
import { checkListOptions, type RevisionOptions } from './list-options.ts';
import { collectionOf, storeScope, type ObjectRequest } from './request.ts';
import { selectionOf, type SelectionQuery } from './selection.ts';

export interface ListQuery extends SelectionQuery, RevisionOptions {
  readonly limit?: number | undefined;
}

export interface ListAnswer {
  readonly resourceVersion: string;
  readonly objects: readonly CachedObject[];
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

/** A collection, or a page of it, as of one revision. */
export async function listObjects(api: Api, request: ObjectRequest, query: ListQuery): Promise<ListAnswer> {
  checkListOptions(query);
  const collection = collectionOf(api, request.kind);
  const selection = selectionOf(request.kind, query);
  const scope = storeScope(request);
  const { limit = 0 } = query;
  const start = startOf(collection.revision, query);
  if (limit <= 0 && start.after === '' && start.revision === collection.revision) {
    const all = Array.from(collection.under(scope));
    const objects = selection.everything ? all : all.filter((object) => selection.matches(object.value));
    return { resourceVersion: String(start.revision), objects };
  }
  const objects: CachedObject[] = [];
  let { after } = start;
  // A page is filled with objects that match, however many do not.
  for (;;) {
    const wanted = limit > 0 ? limit - objects.length : Number.MAX_SAFE_INTEGER;
    const page = await collection.page(scope, start.revision, after, wanted).catch((error: unknown) => {
      throw error instanceof CompactedError ? expired(query.continue ? after : undefined) : error;
    });
    objects.push(
      ...(selection.everything ? page.objects : page.objects.filter(({ value }) => selection.matches(value))),
    );
    const last = page.objects.at(-1)?.key.slice(collection.prefix.length);
    const answer = { resourceVersion: String(start.revision), objects };
    if (page.remaining === 0 || last === undefined) return answer;
    if (limit > 0 && objects.length >= limit) {
      const token = encodeContinue({ revision: start.revision, after: last });
      return {
        ...answer,
        continue: token,
        // With a selector nobody knows how many of the rest match.
        ...(selection.everything ? { remainingItemCount: page.remaining } : {}),
      };
    }
    after = last;
  }
}

function startOf(current: number, query: ListQuery): { revision: number; after: string } {
  const { continue: token, resourceVersion = '', resourceVersionMatch, limit = 0 } = query;
  if (token) {
    if (resourceVersion !== '' && resourceVersion !== '0') {
      throw statusError.badRequest('specifying resource version is not allowed when using continue');
    }
    const point = decodeContinue(token);
    if (point.revision > current) throw statusError.tooLargeResourceVersion(point.revision, current);
    return point.revision === LATEST ? { ...point, revision: current } : point;
  }
  if (resourceVersion === '' || resourceVersion === '0') return { revision: current, after: '' };
  const wanted = parseRevision(resourceVersion);
  if (wanted > current) throw statusError.tooLargeResourceVersion(wanted, current);
  // Pages have always been of the very version that was named.
  const isExact = resourceVersionMatch === 'Exact' || (limit > 0 && !resourceVersionMatch);
  return { revision: isExact ? wanted : current, after: '' };
}

export function parseRevision(text: string): number {
  if (!/^\d{1,16}$/.test(text)) {
    throw statusError.badRequest(`Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`);
  }
  return Number(text);
}

/** `after` is how far a list had got that can no longer go on as it began. */
function expired(after: string | undefined): Error {
  if (after === undefined) return statusError.expired('The resourceVersion for the provided list is too old.');
  return statusError.expired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
    encodeContinue({ revision: LATEST, after }),
  );
}
