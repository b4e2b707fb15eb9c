import { z } from 'zod';
import type { Stored } from '#common/kube/object.ts';
import { MODIFIED_ELSEWHERE, statusError, type Status } from '#common/kube/status-error.ts';
import { timeText } from '#common/kube/time.ts';
import type { CachedObject } from '../../store/cache/cached-object.ts';
import type { Api } from '../api.ts';
import type { Draft } from '../kind.ts';
import { getObject } from './get.ts';
import type { WriteRequest } from './request.ts';
import { removeStored, replaceStored, writtenDraft, writtenFrom, type Written } from './write-object.ts';

/** metav1.DeleteOptions, from the body or the query. */
export const deleteOptionsSchema = z.object({
  gracePeriodSeconds: z.number().int().min(0).nullish(),
  propagationPolicy: z.enum(['Orphan', 'Background', 'Foreground']).nullish(),
  orphanDependents: z.boolean().nullish(),
  preconditions: z.object({ uid: z.string().nullish(), resourceVersion: z.string().nullish() }).nullish(),
  dryRun: z.array(z.string()).nullish(),
});
export type DeleteOptions = z.infer<typeof deleteOptionsSchema>;

/** The object while it is still there in some way, or a Status when it is gone. */
export type Deleted = { readonly written: Written } | { readonly status: Status };

const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';
const ATTEMPTS = 10;

/** Deletes an object at once, or marks it for those who have something to finish first. */
export async function deleteObject(api: Api, request: WriteRequest, options: DeleteOptions): Promise<Deleted> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const old = getObject(api, request);
    checkPreconditions(request, old.value, options);
    await api.admission.validate({
      operation: 'DELETE',
      user: request.user,
      kind: request.kind,
      subresource: '',
      namespace: request.namespace,
      name: request.name,
      draft: undefined,
      old: old.value,
    });
    const outcome = await deleteOnce(api, request, old, options);
    if (outcome) return outcome;
  }
  throw statusError.conflict(request.kind.resource, request.name, MODIFIED_ELSEWHERE);
}

/** Nothing when someone else wrote meanwhile. */
async function deleteOnce(
  api: Api,
  request: WriteRequest,
  old: CachedObject,
  options: DeleteOptions,
): Promise<Deleted | undefined> {
  const { kind } = request;
  const draft = structuredClone(old.value) as unknown as Draft;
  const finalizers = finalizersFor(draft, options);
  const asked = options.gracePeriodSeconds ?? undefined;
  const grace = kind.gracePeriodSeconds?.(old.value, asked) ?? 0;
  const waits = grace > 0 || finalizers.length > 0 || kind.keepWhileDeleting?.(draft) === true;
  if (!waits) {
    if (request.dryRun) return { status: success(request, old.value) };
    return (await removeStored(api, request, old)) ? { status: success(request, old.value) } : undefined;
  }
  if (!mark(api, draft, grace, finalizers)) return { written: writtenFrom(old) };
  kind.markDeleted?.(draft);
  if (request.dryRun) return { written: writtenDraft(draft) };
  const object = await replaceStored(api, request, draft, old.revision);
  return object && { written: writtenFrom(object) };
}

/** Marks the draft as deleted; false when that says nothing new. A grace period may only get shorter. */
function mark(api: Api, draft: Draft, grace: number, finalizers: string[]): boolean {
  const { metadata } = draft;
  const before = metadata.deletionGracePeriodSeconds;
  const sameFinalizers = JSON.stringify(metadata.finalizers ?? []) === JSON.stringify(finalizers);
  if (metadata.deletionTimestamp !== undefined && sameFinalizers && before !== undefined && grace >= before)
    return false;
  if (finalizers.length > 0) metadata.finalizers = finalizers;
  else delete metadata.finalizers;
  if (metadata.deletionTimestamp === undefined || before === undefined || grace < before) {
    metadata.deletionTimestamp = timeText(api.clock.now() + grace * 1000);
    metadata.deletionGracePeriodSeconds = grace;
    if (metadata.generation !== undefined) metadata.generation += 1;
  }
  return true;
}

/** How dependents are treated is told to the garbage collector by a finalizer. */
function finalizersFor(draft: Draft, options: DeleteOptions): string[] {
  const others = (draft.metadata.finalizers ?? []).filter((name) => name !== ORPHAN && name !== FOREGROUND);
  const policy = options.propagationPolicy ?? (options.orphanDependents === true ? 'Orphan' : undefined);
  switch (policy) {
    case 'Orphan':
      return [...others, ORPHAN];
    case 'Foreground':
      return [...others, FOREGROUND];
    case 'Background':
      return others;
    default:
      return [...(draft.metadata.finalizers ?? [])];
  }
}

function checkPreconditions(request: WriteRequest, object: Stored, options: DeleteOptions): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  const { metadata } = object;
  if (uid && uid !== metadata.uid) {
    throw statusError.conflict(
      request.kind.resource,
      request.name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`,
    );
  }
  if (resourceVersion && resourceVersion !== metadata.resourceVersion) {
    throw statusError.conflict(
      request.kind.resource,
      request.name,
      `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${metadata.resourceVersion}`,
    );
  }
}

function success(request: WriteRequest, object: Stored): Status {
  const { group, plural } = request.kind.resource;
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: object.metadata.name,
      ...(group === '' ? {} : { group }),
      kind: plural,
      uid: object.metadata.uid,
    },
  };
}
