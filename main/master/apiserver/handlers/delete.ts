import type { Stored } from '#common/kube/object.ts';
import { MODIFIED_ELSEWHERE, statusError, type Status } from '#common/kube/status-error.ts';
import { timeMs, timeText } from '#common/kube/time.ts';
import type { CachedObject } from '../../store/cache/cached-object.ts';
import type { Api } from '../api.ts';
import type { Draft, Kind } from '../kind.ts';
import type { DeleteOptions } from './delete-options.ts';
import { getObject } from './get.ts';
import type { WriteRequest } from './request.ts';
import { removeStored, replaceStored, sameJson, writtenDraft, writtenFrom, type Written } from './write-object.ts';

/** The object while it is still there in some way, or a Status when it is gone. */
export type Deleted = { readonly written: Written } | { readonly status: Status };

const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';
const ATTEMPTS = 10;
/** RFC 3339 has no later one. */
const LATEST_MS = Date.UTC(9999, 11, 31, 23, 59, 59);

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
  const deadline = deadlineOf(api, kind, old.value, options.gracePeriodSeconds ?? undefined);
  if (!deadline) return { written: writtenFrom(old) };
  const draft = structuredClone(old.value) as unknown as Draft;
  const finalizers = finalizersFor(kind, draft, options);
  const waits = deadline.graceSeconds > 0 || finalizers.length > 0 || kind.keepWhileDeleting?.(draft) === true;
  if (!waits) {
    if (request.dryRun) return { status: success(request, old.value) };
    return (await removeStored(api, request, old)) ? { status: success(request, old.value) } : undefined;
  }
  mark(draft, deadline, finalizers);
  kind.prepareForDelete?.(draft);
  if (sameJson(draft, old.value)) return { written: writtenFrom(old) };
  if (request.dryRun) return { written: writtenDraft(draft) };
  const object = await replaceStored(api, request, draft, old.revision);
  return object && { written: writtenFrom(object) };
}

interface Deadline {
  readonly graceSeconds: number;
  /** When the grace is over; milliseconds. */
  readonly at: number;
}

/** Until when the object may finish; nothing when a deletion is under way that this one does not hasten. */
function deadlineOf(api: Api, kind: Kind, old: Stored, wanted: number | undefined): Deadline | undefined {
  const now = api.clock.now();
  // Upstream takes less than nothing for the least.
  const asked = wanted !== undefined && wanted < 0 ? 1 : wanted;
  const { deletionTimestamp, deletionGracePeriodSeconds: before = 0 } = old.metadata;
  if (deletionTimestamp === undefined) {
    const graceSeconds = kind.gracePeriodSeconds?.(old, asked) ?? 0;
    return { graceSeconds, at: Math.min(now + graceSeconds * 1000, LATEST_MS) };
  }
  const due = timeMs(deletionTimestamp);
  if (before === 0) return { graceSeconds: 0, at: Math.min(due, now) };
  if (asked === undefined || asked >= before) return undefined;
  const at = due - (before - asked) * 1000;
  // The time is already over: whoever finishes the object still has to hear of it.
  return at < now ? { graceSeconds: Math.min(asked, 1), at: now } : { graceSeconds: asked, at };
}

function mark({ metadata }: Draft, { graceSeconds, at }: Deadline, finalizers: string[]): void {
  if (finalizers.length > 0) metadata.finalizers = finalizers;
  else delete metadata.finalizers;
  if (metadata.deletionTimestamp === undefined && metadata.generation !== undefined) metadata.generation += 1;
  metadata.deletionTimestamp = timeText(at);
  metadata.deletionGracePeriodSeconds = graceSeconds;
}

/** How dependents are treated is told to the garbage collector by a finalizer. */
function finalizersFor(kind: Kind, draft: Draft, options: DeleteOptions): string[] {
  const { finalizers = [] } = draft.metadata;
  const others = finalizers.filter((name) => name !== ORPHAN && name !== FOREGROUND);
  // What the object itself says goes before what its kind says.
  const unsaid = others.length === finalizers.length ? kind.defaultPropagation : undefined;
  switch (options.propagationPolicy ?? fromOrphanDependents(options) ?? unsaid) {
    case 'Orphan':
      return [...others, ORPHAN];
    case 'Foreground':
      return [...others, FOREGROUND];
    case 'Background':
      return others;
    default:
      return [...finalizers];
  }
}

/** The older way to say the same. */
function fromOrphanDependents({ orphanDependents }: DeleteOptions): 'Orphan' | 'Background' | undefined {
  if (typeof orphanDependents !== 'boolean') return undefined;
  return orphanDependents ? 'Orphan' : 'Background';
}

function checkPreconditions(request: WriteRequest, object: Stored, options: DeleteOptions): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  const { metadata } = object;
  // Upstream names the kind here, where all other conflicts name the resource.
  const { group, kind: plural } = request.kind.resource;
  if (uid && uid !== metadata.uid) {
    throw statusError.conflict(
      { group, plural },
      request.name,
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    );
  }
  if (resourceVersion && resourceVersion !== metadata.resourceVersion) {
    throw statusError.conflict(
      { group, plural },
      request.name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
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
