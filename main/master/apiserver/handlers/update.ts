import { mutableCopy } from '#common/base/freeze.ts';
import type { Stored } from '#common/kube/object.ts';
import { statusError } from '#common/kube/status-error.ts';
import type { CachedObject } from '../../store/cache/cached-object.ts';
import type { Api } from '../api.ts';
import type { Draft, PartSubresource } from '../kind.ts';
import { decodeDraft } from './decode-object.ts';
import { getObject } from './get.ts';
import { trackFields } from './managed-fields.ts';
import { checkUid, lostRace } from './preconditions.ts';
import type { WriteRequest } from './request.ts';
import {
  removeStored,
  replaceStored,
  sameJson,
  validateDraft,
  writeContext,
  writtenDraft,
  writtenFrom,
  type Written,
} from './write-object.ts';

/** Writers that name no version try so often when they meet. */
const ATTEMPTS = 10;

/** Replaces an object, or the part of it that the subresource stands for. */
export async function updateObject(api: Api, request: WriteRequest, body: unknown): Promise<Written> {
  const incoming = decodeDraft(api, request, body);
  checkNames(request, incoming);
  const { resourceVersion } = incoming.metadata;
  if (!resourceVersion && request.subresource === '' && request.kind.unconditionalUpdate !== true) {
    throw statusError.invalid(request.kind.resource, request.name, [
      {
        type: 'FieldValueInvalid',
        field: 'metadata.resourceVersion',
        value: 0,
        detail: 'must be specified for an update',
      },
    ]);
  }
  return changeObject(api, request, () => mutableCopy<Draft>(incoming));
}

/**
 * The way of every change: makes the new version from the current one, prepares and judges it, and writes
 * it unless it is the same. Begins anew when someone else wrote meanwhile, unless the change names the
 * version it is meant for.
 */
export async function changeObject(
  api: Api,
  request: WriteRequest,
  change: (old: CachedObject) => Draft | Promise<Draft>,
): Promise<Written> {
  for (let attempt = 0; ; attempt++) {
    const old = getObject(api, request);
    const incoming = await change(old);
    checkUid(request, incoming.metadata, old.value);
    const { resourceVersion } = incoming.metadata;
    if (resourceVersion && resourceVersion !== old.value.metadata.resourceVersion) throw lostRace(request);
    using held = new DisposableStack();
    const draft = await prepared(api, request, incoming, old.value, held);
    const unchanged = sameJson(
      { ...draft, metadata: { ...draft.metadata, resourceVersion: '' } },
      {
        ...old.value,
        metadata: { ...old.value.metadata, resourceVersion: '' },
      },
    );
    if (unchanged) return writtenFrom(old);
    if (request.dryRun) return writtenDraft(draft);
    if (isFinished(request, draft)) {
      if (await removeStored(api, request, old)) return writtenDraft(draft);
    } else {
      const object = await replaceStored(api, request, draft, old.revision);
      if (object) return writtenFrom(object);
    }
    if (resourceVersion || attempt + 1 >= ATTEMPTS) throw lostRace(request);
  }
}

async function prepared(
  api: Api,
  request: WriteRequest,
  incoming: Draft,
  old: Stored,
  held: DisposableStack,
): Promise<Draft> {
  const { kind, subresource } = request;
  const context = writeContext(api, request, held);
  const part = subresource === '' ? undefined : kind.subresources?.[subresource];
  const draft = part?.style === 'part' ? takePart(part, incoming, old, context) : incoming;
  keepSystemFields(draft, old);
  const admission = {
    operation: 'UPDATE',
    user: request.user,
    kind,
    subresource,
    namespace: request.namespace,
    name: request.name,
    draft,
    old,
  } as const;
  kind.setDefaults?.(draft);
  await api.admission.admit(admission);
  if (subresource === '') {
    await kind.prepareForUpdate?.(draft, old, context);
    countGeneration(kind.countsGeneration === true, draft, old);
    validateDraft(kind, draft, old);
  } else if (part?.style === 'part') {
    const errors = part.validate?.(draft, old) ?? [];
    if (errors.length > 0) throw statusError.invalid(kind.resource, request.name, errors);
  } else if (part?.style === 'view') {
    countGeneration(kind.countsGeneration === true, draft, old);
    validateDraft(kind, draft, old);
  }
  trackFields(api, request, draft, old);
  await api.admission.validate(admission);
  return draft;
}

function takePart(
  part: PartSubresource,
  incoming: Draft,
  old: Stored,
  context: ReturnType<typeof writeContext>,
): Draft {
  const draft = mutableCopy<Stored>(old) as unknown as Draft;
  part.take(draft, incoming, context);
  return draft;
}

/** What no writer changes, whatever it sends. */
function keepSystemFields(draft: Draft, old: Stored): void {
  const { metadata } = draft;
  metadata.name ??= old.metadata.name;
  if (old.metadata.namespace !== undefined) metadata.namespace ??= old.metadata.namespace;
  metadata.uid = old.metadata.uid;
  metadata.creationTimestamp = old.metadata.creationTimestamp;
  for (const field of ['deletionTimestamp', 'deletionGracePeriodSeconds', 'generation', 'generateName'] as const) {
    if (old.metadata[field] === undefined) delete metadata[field];
    else Object.assign(metadata, { [field]: old.metadata[field] });
  }
  delete metadata.selfLink;
}

function countGeneration(counts: boolean, draft: Draft, old: Stored): void {
  if (!counts) return;
  const { metadata: _m, status: _s, ...rest } = draft as Draft & { status?: unknown };
  const { metadata: _om, status: _os, ...before } = old as Stored & { status?: unknown };
  if (!sameJson(rest, before)) draft.metadata.generation = (old.metadata.generation ?? 0) + 1;
}

function checkNames(request: WriteRequest, incoming: Draft): void {
  const { name = '', namespace = '' } = incoming.metadata;
  if (name !== '' && name !== request.name) {
    throw statusError.badRequest(
      `the name of the object (${name}) does not match the name on the URL (${request.name})`,
    );
  }
  if (name === '') {
    throw statusError.badRequest(`the name of the object () does not match the name on the URL (${request.name})`);
  }
  if (!request.kind.resource.namespaced) delete incoming.metadata.namespace;
  else if (namespace !== '' && namespace !== request.namespace) {
    throw statusError.badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    );
  }
}

/** An object that is marked as deleted goes with its last finalizer. */
function isFinished(request: WriteRequest, draft: Draft): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = draft.metadata;
  return (
    deletionTimestamp !== undefined &&
    deletionGracePeriodSeconds === 0 &&
    finalizers.length === 0 &&
    request.kind.keepWhileDeleting?.(draft) !== true
  );
}
