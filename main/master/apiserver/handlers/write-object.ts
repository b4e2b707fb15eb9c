import type { Stored } from '#common/kube/object.ts';
import { statusError } from '#common/kube/status-error.ts';
import type { CachedObject } from '../../store/cache/cached-object.ts';
import type { Api } from '../api.ts';
import type { Draft, Kind, WriteContext } from '../kind.ts';
import { collectionOf, storeName, type WriteRequest } from './request.ts';
import { validateMetadata } from './metadata.ts';

export { sameJson } from '#common/base/same-json.ts';

/** What a writer is answered: bytes from the cache, or for a dry run what would have been written. */
export interface Written {
  readonly object: Stored;
  readonly bytes: Buffer;
  readonly created?: true;
}

/** The JSON that the store keeps: the type first, the name first in the metadata, no resourceVersion. */
export function storedJson(draft: Draft): string {
  const { apiVersion, kind, metadata, ...rest } = draft;
  const { name, resourceVersion: _, ...meta } = metadata;
  return JSON.stringify({ kind, apiVersion, metadata: { name, ...meta }, ...rest });
}

export function writtenFrom(object: CachedObject): Written {
  return { object: object.value, bytes: object.bytes };
}

/** What a dry run answers. */
export function writtenDraft(draft: Draft): Written {
  return { object: draft as unknown as Stored, bytes: Buffer.from(JSON.stringify(draft)) };
}

export function writeContext(api: Api, request: WriteRequest, held: DisposableStack): WriteContext {
  return {
    api,
    user: request.user,
    namespace: request.namespace || undefined,
    dryRun: request.dryRun,
    held,
    warn: request.warn,
  };
}

/** Throws 422 with everything that is wrong with the object. */
export function validateDraft(kind: Kind, draft: Draft, old?: Stored): void {
  const errors = [
    ...validateMetadata(kind, draft, old),
    ...(kind.validate?.(draft) ?? []),
    ...(old ? (kind.validateUpdate?.(draft, old) ?? []) : []),
  ];
  if (errors.length > 0) throw statusError.invalid(kind.resource, draft.metadata.name ?? '', errors);
}

/** Writes over the version `expect` (0: nothing must be there). Nothing comes back when the race was lost. */
export async function replaceStored(
  api: Api,
  request: WriteRequest,
  draft: Draft,
  expect: number,
): Promise<CachedObject | undefined> {
  const { timeToLiveMs } = request.kind;
  const result = await collectionOf(api, request.kind).write(storeName(request), storedJson(draft), {
    expect,
    ...(timeToLiveMs === undefined ? {} : { timeToLiveMs }),
  });
  return result.written ? result.object : undefined;
}

/** Removes the version `expect`, and what the kind holds beside it. */
export async function removeStored(api: Api, request: WriteRequest, object: CachedObject): Promise<boolean> {
  const result = await collectionOf(api, request.kind).write(storeName(request), undefined, {
    expect: object.revision,
  });
  if (result.written) request.kind.afterDelete?.(object.value, api);
  return result.written;
}
