import { ownValue, setOwn } from '#common/base/own-keys.ts';
import { isObject, type JsonObject } from '../schema/decode.ts';

/** JSON merge patch (RFC 7386): a new value; neither argument is changed. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return structuredClone(patch);
  const result: JsonObject = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else setOwn(result, key, mergePatch(ownValue(result, key), value));
  }
  return result;
}
