import { nameSuffix, uuid } from '#common/base/random.ts';
import { StatusError, statusError } from '#common/kube/status-error.ts';
import { timeText } from '#common/kube/time.ts';
import type { Api } from '../api.ts';
import type { Draft } from '../kind.ts';
import { decodeDraft } from './decode-object.ts';
import { trackFields } from './managed-fields.ts';
import { collectionOf, storeName, type WriteRequest } from './request.ts';
import { replaceStored, validateDraft, writeContext, writtenDraft, writtenFrom, type Written } from './write-object.ts';

/** A suffix of five is added to a generateName; together they fit in a label. */
const GENERATE_NAME_LIMIT = 58;

/** Creates an object. Throws 409 when there is one of its name. */
export async function createObject(api: Api, request: WriteRequest, body: unknown): Promise<Written> {
  const draft = decodeDraft(api, request, body);
  const { kind } = request;
  if (draft.metadata.resourceVersion) {
    throw new StatusError(500, '', 'resourceVersion should not be set on objects to be created');
  }
  placeInNamespace(request, draft);
  const generated = nameDraft(api, request, draft);
  const named: WriteRequest = { ...request, name: draft.metadata.name ?? '' };
  const context = writeContext(api, named);
  const admission = {
    operation: 'CREATE',
    user: request.user,
    kind,
    subresource: '',
    namespace: request.namespace,
    name: named.name,
    draft,
    old: undefined,
  } as const;
  kind.setDefaults?.(draft);
  trackFields(api, request, draft, undefined);
  await api.admission.admit(admission);
  initialise(api, draft);
  await kind.prepareForCreate?.(draft, context);
  validateDraft(kind, draft);
  await api.admission.validate(admission);
  if (request.dryRun) {
    if (collectionOf(api, kind).get(storeName(named))) throw statusError.alreadyExists(kind.resource, named.name);
    return { ...writtenDraft(draft), created: true };
  }
  const object = await replaceStored(api, named, draft, 0);
  if (!object) {
    throw generated
      ? statusError.generateNameConflict(kind.resource, named.name)
      : statusError.alreadyExists(kind.resource, named.name);
  }
  return { ...writtenFrom(object), created: true };
}

function placeInNamespace(request: WriteRequest, draft: Draft): void {
  if (!request.kind.resource.namespaced) {
    if (draft.metadata.namespace) {
      throw statusError.badRequest('namespace should not be set on cluster-scoped objects');
    }
    return;
  }
  draft.metadata.namespace ||= request.namespace;
  if (draft.metadata.namespace !== request.namespace) {
    throw statusError.badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    );
  }
}

/** Whether the name was made here. */
function nameDraft(api: Api, request: WriteRequest, draft: Draft): boolean {
  if (request.name !== '' && draft.metadata.name !== request.name) {
    throw statusError.badRequest(
      `the name of the object (${draft.metadata.name ?? ''}) does not match the name on the URL (${request.name})`,
    );
  }
  const { name = '', generateName = '' } = draft.metadata;
  if (name !== '' || generateName === '') return false;
  draft.metadata.name = generateName.slice(0, GENERATE_NAME_LIMIT) + nameSuffix(api.random);
  return true;
}

/** What only the system may say. */
function initialise(api: Api, draft: Draft): void {
  const { metadata } = draft;
  metadata.uid = uuid(api.random);
  metadata.creationTimestamp = timeText(api.clock.now());
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
  delete metadata.generation;
}
