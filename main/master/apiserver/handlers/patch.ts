import { fieldError } from '#common/kube/field-error.ts';
import { isJsonPatch, jsonPatch, JsonPatchError, JsonPatchTooLargeError } from '#common/kube/patch/json.ts';
import { mergePatch } from '#common/kube/patch/merge.ts';
import { strategicPatch, StrategicPatchError } from '#common/kube/patch/strategic.ts';
import { isObject, type JsonObject } from '#common/kube/schema/decode.ts';
import { StatusError, statusError } from '#common/kube/status-error.ts';
import type { PatchType } from '#common/client/client.ts';
import type { TypeName } from '#common/kube/schema/schema.ts';
import type { Api } from '../api.ts';
import { decodeDraft } from './decode-object.ts';
import type { WriteRequest } from './request.ts';
import { changeObject } from './update.ts';
import type { Written } from './write-object.ts';

/** Changes an object by a patch of its JSON. */
export async function patchObject(api: Api, request: WriteRequest, type: PatchType, patch: unknown): Promise<Written> {
  return changeObject(api, request, (old) => {
    // Only JSON Patch works in place. What the others leave as it was need not be decoded again.
    const target: unknown = type === 'json' ? JSON.parse(old.bytes.toString('utf8')) : old.value;
    const patched = applyPatch(api, request.kind.type, type, target as JsonObject, patch);
    const refuse = (why: string): Error => unreadable(type === 'strategic' ? patch : patched, why);
    const draft = decodeDraft(api, request, patched, refuse, old.value);
    // A patch that does not speak of the version is meant for whatever there is.
    if (draft.metadata.resourceVersion === old.value.metadata.resourceVersion) delete draft.metadata.resourceVersion;
    return draft;
  });
}

/** A patch that makes something else than an object of the kind: 422, and the value in question. */
function unreadable(value: unknown, why: string): Error {
  return statusError.invalid({ group: '', kind: '' }, '', [fieldError.invalid('patch', JSON.stringify(value), why)]);
}

export function applyPatch(api: Api, typeName: TypeName, type: PatchType, target: JsonObject, patch: unknown): unknown {
  try {
    switch (type) {
      case 'json':
        if (!isJsonPatch(patch)) throw statusError.badRequest('error decoding patch: it is not a list of operations');
        return jsonPatch(target, patch);
      case 'merge':
        if (!isObject(patch)) throw statusError.badRequest('error decoding patch: it is not an object');
        return mergePatch(target, patch);
      case 'strategic':
        if (!isObject(patch)) throw statusError.badRequest('error decoding patch: it is not an object');
        return strategicPatch(api.schemas, typeName, target, patch);
      default:
        return type satisfies never;
    }
  } catch (error) {
    if (error instanceof JsonPatchError) {
      throw new StatusError(
        422,
        'Invalid',
        `the server rejected our request due to an error in our request: ${error.message}`,
      );
    }
    if (error instanceof JsonPatchTooLargeError) throw statusError.entityTooLarge(error.message);
    if (error instanceof StrategicPatchError) throw statusError.badRequest(error.message);
    throw error;
  }
}
