import { nameSuffix, uuid } from '#common/base/random.ts';
import { isStatus, statusError } from '#common/kube/status-error.ts';
import { timeText } from '#common/kube/time.ts';
import type { Api } from '../api.ts';
import type { Draft } from '../kind.ts';
import { decodeDraft } from './decode-object.ts';
import { trackFields } from './managed-fields.ts';
import { collectionOf, storeName, type WriteRequest } from './request.ts';
import { replaceStored, validateDraft, writeContext, writtenDraft, writtenFrom, type Written } from './write-object.ts';

/** A suffix of five is added to a generateName; together they fit in a label. */
const GENERATE_NAME_LIMIT = 58;

/** So many names are tried where one is to be made. */
const NAME_ATTEMPTS = 8;

/** Creates an object. Throws 409 when there is one of its name. */
export async function createObject(api: Api, request: WriteRequest, body: unknown): Promise<Written> {
  const incoming = decodeDraft(api, request, body);
  const { kind } = request;
  placeInNamespace(request, incoming);
  if (kind.review) {
    using held = new DisposableStack();
    const answer = await kind.review(incoming, writeContext(api, request, held));
    return { ...writtenDraft(answer as Draft), created: true };
  }
  if (incoming.metadata.resourceVersion) {
    throw statusError.badRequest('resourceVersion should not be set on objects to be created');
  }
  checkName(request, incoming);
  const { name = '', generateName = '' } = incoming.metadata;
  if (name !== '' || generateName === '') return createNamed(api, { ...request, name }, incoming);
  for (let attempt = 1; ; attempt++) {
    const made = generateName.slice(0, GENERATE_NAME_LIMIT) + nameSuffix(api.random);
    const draft = structuredClone(incoming);
    draft.metadata.name = made;
    try {
      return await createNamed(api, { ...request, name: made }, draft);
    } catch (error) {
      if (!isStatus(error, 'AlreadyExists')) throw error;
      if (attempt === NAME_ATTEMPTS) throw statusError.generateNameConflict(request.kind.resource, made);
    }
  }
}

async function createNamed(api: Api, request: WriteRequest, draft: Draft): Promise<Written> {
  const { kind, name } = request;
  const admission = {
    operation: 'CREATE',
    user: request.user,
    kind,
    subresource: '',
    namespace: request.namespace,
    name,
    draft,
    old: undefined,
  } as const;
  kind.setDefaults?.(draft);
  trackFields(api, request, draft, undefined);
  await api.admission.admit(admission);
  initialise(api, draft);
  using held = new DisposableStack();
  await kind.prepareForCreate?.(draft, writeContext(api, request, held));
  validateDraft(kind, draft);
  await api.admission.validate(admission);
  const exists = (): Error => statusError.alreadyExists(kind.resource, name);
  if (request.dryRun) {
    if (collectionOf(api, kind).get(storeName(request))) throw exists();
    return { ...writtenDraft(draft), created: true };
  }
  const object = await replaceStored(api, request, draft, 0);
  if (!object) throw exists();
  return { ...writtenFrom(object), created: true };
}

function placeInNamespace(request: WriteRequest, draft: Draft): void {
  if (!request.kind.resource.namespaced) {
    // Whoever sends one means nothing by it.
    delete draft.metadata.namespace;
    return;
  }
  draft.metadata.namespace ||= request.namespace;
  if (draft.metadata.namespace !== request.namespace) {
    throw statusError.badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    );
  }
}

/** A name on the URL is the object's. */
function checkName(request: WriteRequest, draft: Draft): void {
  if (request.name !== '' && draft.metadata.name !== request.name) {
    throw statusError.badRequest(
      `the name of the object (${draft.metadata.name ?? ''}) does not match the name on the URL (${request.name})`,
    );
  }
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
