import { isObject, type JsonObject } from '../schema/decode.ts';
import type { ListSchema, Schema, Schemas, TypeName } from '../schema/schema.ts';

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

function mergeObject(schemas: Schemas, schema: Schema, target: JsonObject, patch: JsonObject): JsonObject {
  if (DIRECTIVE in patch) {
    switch (patch[DIRECTIVE]) {
      case 'replace':
        return withoutDirectives(patch);
      case 'delete':
        return {};
      case 'merge':
        break;
      default:
        throw new StrategicPatchError(`Unknown patch type found: ${String(patch[DIRECTIVE])}`);
    }
  }
  let result: JsonObject = { ...target };
  if (RETAIN in patch) result = retained(result, patch[RETAIN]);
  for (const [key, value] of Object.entries(patch)) {
    if (key === DIRECTIVE || key === RETAIN || key.startsWith(ORDER)) continue;
    if (key.startsWith(DELETE_PRIMITIVES)) {
      const field = key.slice(DELETE_PRIMITIVES.length);
      result[field] = withoutPrimitives(result[field], value);
      continue;
    }
    if (value === null) {
      delete result[key];
      continue;
    }
    result[key] = mergeValue(schemas, propertyOf(schemas, schema, key), result[key], value, patch[ORDER + key]);
  }
  // An order may be given for a list that is otherwise not changed, or only loses elements.
  for (const [key, order] of Object.entries(patch)) {
    if (!key.startsWith(ORDER)) continue;
    const field = key.slice(ORDER.length);
    if (field in patch) continue;
    const property = propertyOf(schemas, schema, field);
    const list = result[field];
    if (property?.type === 'list' && Array.isArray(list)) result[field] = ordered(property, list, order, list);
  }
  return result;
}

function mergeValue(
  schemas: Schemas,
  schema: Schema | undefined,
  target: unknown,
  patch: unknown,
  order: unknown,
): unknown {
  if (isObject(patch)) {
    if (!schema || schema.type === 'any') return mergeObject(schemas, ANY, isObject(target) ? target : {}, patch);
    return mergeObject(schemas, schema, isObject(target) ? target : {}, patch);
  }
  if (Array.isArray(patch) && schema?.type === 'list' && schema.mergeKey !== undefined) {
    const current: unknown[] = Array.isArray(target) ? target : [];
    const merged =
      schema.mergeKey === ''
        ? [...current, ...(patch as unknown[]).filter((item) => !current.includes(item))]
        : mergeList(schemas, schema, current, patch);
    return ordered(schema, merged, order, current);
  }
  return structuredClone(patch);
}

const ANY: Schema = { type: 'any' };

function mergeList(
  schemas: Schemas,
  schema: ListSchema,
  target: readonly unknown[],
  patch: readonly unknown[],
): unknown[] {
  const mergeKey = schema.mergeKey!;
  let result = [...target];
  if (patch.some((item) => isObject(item) && item[DIRECTIVE] === 'replace' && !(mergeKey in item))) {
    return patch.filter((item) => !(isObject(item) && DIRECTIVE in item)).map((item) => structuredClone(item));
  }
  for (const item of patch) {
    if (!isObject(item)) throw new StrategicPatchError('delete directive not allowed in primitive list');
    const key = item[mergeKey];
    if (key === undefined)
      throw new StrategicPatchError(`map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`);
    const isIt = (existing: unknown): boolean => isObject(existing) && existing[mergeKey] === key;
    if (item[DIRECTIVE] === 'delete') {
      result = result.filter((existing) => !isIt(existing));
      continue;
    }
    const index = result.findIndex(isIt);
    if (index < 0)
      result.push(
        item[DIRECTIVE] === 'replace' ? withoutDirectives(item) : mergeObject(schemas, schema.items, {}, item),
      );
    else result[index] = mergeObject(schemas, schema.items, result[index] as JsonObject, item);
  }
  return result;
}

/**
 * Puts the elements named by `$setElementOrder` in its order. Elements it does not name (added on the
 * server meanwhile) keep their place relative to the element before them.
 */
function ordered(schema: ListSchema, list: readonly unknown[], order: unknown, before: readonly unknown[]): unknown[] {
  if (!Array.isArray(order)) return [...list];
  const keyOf = (item: unknown): unknown => (schema.mergeKey !== '' && isObject(item) ? item[schema.mergeKey!] : item);
  const wanted = new Map(order.map((item, index) => [keyOf(item), index]));
  const named = list
    .filter((item) => wanted.has(keyOf(item)))
    .sort((a, b) => wanted.get(keyOf(a))! - wanted.get(keyOf(b))!);
  const result = [...named];
  const positions = new Map(before.map((item, index) => [keyOf(item), index]));
  for (const item of list) {
    if (wanted.has(keyOf(item))) continue;
    const own = positions.get(keyOf(item)) ?? Number.MAX_SAFE_INTEGER;
    const next = result.findIndex((other) => (positions.get(keyOf(other)) ?? -1) > own);
    result.splice(next < 0 ? result.length : next, 0, item);
  }
  return result;
}

function propertyOf(schemas: Schemas, schema: Schema, key: string): Schema | undefined {
  switch (schema.type) {
    case 'ref':
      return schemas[schema.name]?.properties[key];
    case 'map':
      return schema.values;
    default:
      return undefined;
  }
}

function retained(target: JsonObject, keys: unknown): JsonObject {
  if (!Array.isArray(keys)) throw new StrategicPatchError('$retainKeys must be a list');
  return Object.fromEntries(Object.entries(target).filter(([key]) => keys.includes(key)));
}

function withoutPrimitives(target: unknown, values: unknown): unknown[] {
  if (!Array.isArray(values)) throw new StrategicPatchError('$deleteFromPrimitiveList must be a list');
  return Array.isArray(target) ? target.filter((item) => !values.includes(item)) : [];
}

function withoutDirectives(patch: JsonObject): JsonObject {
  return structuredClone(
    Object.fromEntries(
      Object.entries(patch).filter(([key]) => key !== DIRECTIVE && key !== RETAIN && !key.startsWith(ORDER)),
    ),
  );
}
