import type { Stored } from '#common/kube/object.ts';
import { MODIFIED_ELSEWHERE, statusError } from '#common/kube/status-error.ts';
import { storePrefix } from '../api.ts';
import { storeName, type ObjectRequest } from './request.ts';

/** Which object exactly is meant, and which version of it. Empty means whichever there is. */
export interface Preconditions {
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
}

/** Throws 409 when another object of the name, or another version of it, is there (apiserver pkg/storage). */
export function checkUid(request: ObjectRequest, { uid }: Preconditions, { metadata }: Stored): void {
  if (uid && uid !== metadata.uid) throw failed(request, 'UID', uid, metadata.uid);
}

/** The same for a version, where upstream does not take that for a lost race. */
export function checkResourceVersion(request: ObjectRequest, wanted: Preconditions, { metadata }: Stored): void {
  const { resourceVersion } = wanted;
  if (!resourceVersion || resourceVersion === metadata.resourceVersion) return;
  throw failed(request, 'ResourceVersion', resourceVersion, metadata.resourceVersion);
}

export function lostRace(request: ObjectRequest): Error {
  return statusError.conflict(request.kind.resource, request.name, MODIFIED_ELSEWHERE);
}

function failed(request: ObjectRequest, what: string, wanted: string, is: string): Error {
  const why = `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${is}`;
  const key = storePrefix(request.kind) + storeName(request);
  return statusError.conflict(
    request.kind.resource,
    request.name,
    `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`,
  );
}
