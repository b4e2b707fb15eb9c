import type { PatchType } from '#common/client/client.ts';
import type { KubeObject, Stored } from '#common/kube/object.ts';
import { apiVersionOf } from '#common/kube/resources.ts';
import type { JsonObject } from '#common/kube/schema/decode.ts';
import { statusError } from '#common/kube/status-error.ts';
import type { Api } from '../api.ts';
import type { ActionSubresource, Draft, Kind, Subresource, ViewSubresource } from '../kind.ts';
import { decodeBody, type ExpectedType } from './decode-object.ts';
import { getObject } from './get.ts';
import { applyPatch } from './patch.ts';
import type { ObjectRequest, WriteRequest } from './request.ts';
import { changeObject } from './update.ts';
import { writeContext } from './write-object.ts';

/** The subresource that a request names; throws 404 when the kind has none of that name. */
export function subresourceOf(kind: Kind, name: string): Subresource {
  const found = kind.subresources && Object.hasOwn(kind.subresources, name) ? kind.subresources[name] : undefined;
  if (!found) throw statusError.unknownResource();
  return found;
}

/** The object through the other kind: its Scale. */
export function readView(api: Api, request: ObjectRequest, view: ViewSubresource): KubeObject {
  return view.read(getObject(api, request).value);
}

/** Changes the object through the other kind, and gives that back as it then is. */
export async function writeView(
  api: Api,
  request: WriteRequest,
  view: ViewSubresource,
  change: { readonly body: unknown } | { readonly type: PatchType; readonly patch: unknown },
): Promise<KubeObject> {
  const written = await changeObject(api, request, (old) => {
    const current = view.read(old.value);
    const target =
      'patch' in change
        ? applyPatch(api, view.type, change.type, current as unknown as JsonObject, change.patch)
        : change.body;
    const wanted = decodeBody(api, request, typeOf(view), target);
    const draft = structuredClone(old.value) as unknown as Draft;
    const { resourceVersion } = wanted.metadata ?? {};
    const named =
      resourceVersion !== undefined && !('patch' in change && resourceVersion === old.value.metadata.resourceVersion);
    if (named) draft.metadata.resourceVersion = resourceVersion;
    else delete draft.metadata.resourceVersion;
    const errors = view.write(draft, wanted);
    if (errors.length > 0) throw statusError.invalid(view, request.name, errors);
    return draft;
  });
  return view.read(written.object);
}

/** Does to the object what the posted body says. */
export async function act(
  api: Api,
  request: WriteRequest,
  action: ActionSubresource,
  body: unknown,
): Promise<KubeObject> {
  const decoded = decodeBody(api, request, typeOf(action), body);
  const object: Stored = getObject(api, request).value;
  const name = decoded.metadata?.name ?? '';
  if (name !== '' && name !== request.name) {
    throw statusError.badRequest(`name in URL does not match name in ${action.kind} object`);
  }
  const admission = {
    operation: 'CREATE',
    user: request.user,
    kind: request.kind,
    subresource: request.subresource,
    namespace: request.namespace,
    name: request.name,
    draft: { ...decoded, metadata: decoded.metadata ?? {} },
    old: undefined,
  } as const;
  await api.admission.admit(admission);
  await api.admission.validate(admission);
  using held = new DisposableStack();
  return await action.act(object, admission.draft, writeContext(api, request, held));
}

/** The kind that a subresource's bodies are of. */
export function typeOf(subresource: ViewSubresource | ActionSubresource): ExpectedType {
  const { group, version, kind, type } = subresource;
  return { apiVersion: apiVersionOf({ group, version, plural: '', kind, namespaced: true }), kind, type };
}
