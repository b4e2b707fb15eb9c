import { ownValue, setOwn } from '#common/base/own-keys.ts';
import { isObject, type JsonObject } from '../schema/decode.ts';
import type { ListSchema, Schema, Schemas, TypeName } from '../schema/schema.ts';
import { inOrder } from './element-order.ts';

/** A patch that says something impossible: answered as 400. */
export class StrategicPatchError extends Error {
  override readonly name = 'StrategicPatchError';
}

const ORDER = '$setElementOrder/';
const DELETE_PRIMITIVES = '$deleteFromPrimitiveList/';
const RETAIN = '$retainKeys';
const DIRECTIVE = '$patch';

/**
 * Strategic merge patch: like a merge patch, but lists with a merge key are merged element by element
 * (apimachinery pkg/util/strategicpatch). Returns a new value; neither argument is changed.
 */
export function strategicPatch(schemas: Schemas, type: TypeName, target: JsonObject, patch: JsonObject): JsonObject {
  return mergeObject(schemas, { type: 'ref', name: type }, target, patch);
}

const ANY: Schema = { type: 'any' };

function mergeObject(schemas: Schemas, schema: Schema, target: JsonObject, patch: JsonObject): JsonObject {
  if (DIRECTIVE in patch) {
    switch (patch[DIRECTIVE]) {
      case 'replace':
        return withoutDirectives(patch);
      case 'delete':
        return {};
      default:
        throw unknownDirective(patch);
    }
  }
  const result: JsonObject = RETAIN in patch ? retained(target, patch) : { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (key === RETAIN || key.startsWith(ORDER)) continue;
    if (key.startsWith(DELETE_PRIMITIVES)) {
      const field = key.slice(DELETE_PRIMITIVES.length);
      setOwn(result, field, withoutPrimitives(ownValue(result, field), value));
    } else if (value === null) delete result[key];
    else {
      const merged = mergeValue(schemas, propertyOf(schemas, schema, key), ownValue(result, key), value);
      if (merged === undefined) delete result[key];
      else setOwn(result, key, merged);
    }
  }
  for (const [key, order] of Object.entries(patch)) {
    if (!key.startsWith(ORDER)) continue;
    const field = key.slice(ORDER.length);
    const list = ownValue(result, field);
    if (!Array.isArray(order)) throw new StrategicPatchError('invalid patch format of setElementOrder list');
    if (!Array.isArray(list)) continue;
    const before = ownValue(target, field);
    const keyOf = elementKey(propertyOf(schemas, schema, field));
    setOwn(result, field, inOrder(list, order, Array.isArray(before) ? before : [], keyOf));
  }
  return result;
}

/** Nothing when the patch says that the field is not to be there. */
function mergeValue(schemas: Schemas, schema: Schema | undefined, target: unknown, patch: unknown): unknown {
  if (isObject(patch)) {
    if (!isObject(target) && patch[DIRECTIVE] === 'delete') return undefined;
    return mergeObject(schemas, schema ?? ANY, isObject(target) ? target : {}, patch);
  }
  if (Array.isArray(patch) && schema?.type === 'list' && schema.mergeKey !== undefined) {
    return mergeList(schemas, schema, Array.isArray(target) ? target : [], patch);
  }
  return structuredClone(patch);
}

function mergeList(
  schemas: Schemas,
  schema: ListSchema,
  target: readonly unknown[],
  patch: readonly unknown[],
): unknown[] {
  const keyOf = elementKey(schema);
  if (schema.mergeKey === '') {
    const merged = [...new Set([...target, ...(structuredClone(patch) as unknown[])])];
    return inOrder(merged, patch, target, keyOf);
  }
  const elements = patch.map((item) => mergeElement(item, schema.mergeKey!));
  const contents = elements.filter((item) => !(DIRECTIVE in item));
  if (elements.some((item) => item[DIRECTIVE] === 'replace')) return contents.map((item) => structuredClone(item));
  const gone = new Set(elements.filter((item) => item[DIRECTIVE] === 'delete').map(keyOf));
  const left = target.filter((item) => !gone.has(keyOf(item)));
  const merged = [...left];
  for (const item of contents) {
    const index = merged.findIndex((existing) => keyOf(existing) === keyOf(item));
    const before = merged[index];
    const element = mergeObject(schemas, schema.items, isObject(before) ? before : {}, item);
    if (index < 0) merged.push(element);
    else merged[index] = element;
  }
  return inOrder(merged, contents, left, keyOf);
}

/** An element of a list that is merged: an object that says which one it is, or a word to the list itself. */
function mergeElement(item: unknown, mergeKey: string): JsonObject {
  if (!isObject(item)) throw new StrategicPatchError('expected a map, but received another type in a list of maps');
  const directive = item[DIRECTIVE];
  if (directive === 'merge') throw new StrategicPatchError('merging lists cannot yet be specified in the patch');
  if (directive !== undefined && directive !== 'replace' && directive !== 'delete') throw unknownDirective(item);
  if (directive !== 'replace' && item[mergeKey] === undefined) {
    throw new StrategicPatchError(`map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`);
  }
  return item;
}

function elementKey(schema: Schema | undefined): (item: unknown) => unknown {
  const mergeKey = schema?.type === 'list' ? schema.mergeKey : undefined;
  return (item) => (mergeKey && isObject(item) ? item[mergeKey] : item);
}

function propertyOf(schemas: Schemas, schema: Schema, key: string): Schema | undefined {
  switch (schema.type) {
    case 'ref':
      return ownValue(schemas[schema.name]?.properties ?? {}, key);
    case 'map':
      return schema.values;
    default:
      return undefined;
  }
}

/** Only the fields that the patch lists; it may set no others. */
function retained(target: JsonObject, patch: JsonObject): JsonObject {
  const keys = patch[RETAIN];
  const set = Object.entries(patch).filter(([key, value]) => value !== null && !key.startsWith('$'));
  if (!Array.isArray(keys) || !set.every(([key]) => keys.includes(key))) {
    throw new StrategicPatchError('invalid patch format of retainKeys');
  }
  return Object.fromEntries(Object.entries(target).filter(([key]) => keys.includes(key)));
}

function withoutPrimitives(target: unknown, values: unknown): unknown[] {
  if (!Array.isArray(values)) throw new StrategicPatchError('invalid patch format of primitive list');
  return Array.isArray(target) ? target.filter((item) => !values.includes(item)) : [];
}

function withoutDirectives(patch: JsonObject): JsonObject {
  return structuredClone(
    Object.fromEntries(
      Object.entries(patch).filter(([key]) => key !== DIRECTIVE && key !== RETAIN && !key.startsWith(ORDER)),
    ),
  );
}

function directiveText(directive: unknown): string {
  return typeof directive === 'string' ? directive : JSON.stringify(directive);
}

function unknownDirective(patch: JsonObject): StrategicPatchError {
  return new StrategicPatchError(
    `unknown patch type: ${directiveText(patch[DIRECTIVE])} in map: ${JSON.stringify(patch)}`,
  );
}
