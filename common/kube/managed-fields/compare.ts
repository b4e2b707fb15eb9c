import { sameJson } from '#common/base/same-json.ts';
import { ownValue } from '#common/base/own-keys.ts';
import { isObject, schemaOf, type JsonObject } from '../schema/decode.ts';
import type { ListSchema, Schema, Schemas, TypeName } from '../schema/schema.ts';
import { fieldNode, LEAF, type FieldSet } from './field-set.ts';

/** Which fields a write added or gave another value, and which it took away; absent where there are none. */
export interface FieldChange {
  readonly set?: FieldSet | undefined;
  readonly removed?: FieldSet | undefined;
}

/** Belong to nobody: the type, and what the server alone writes (fieldmanager/stripmeta.go). */
const OWNERLESS: ReadonlySet<string> = new Set(['apiVersion', 'kind']);
const OWNERLESS_METADATA: ReadonlySet<string> = new Set([
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'generation',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'resourceVersion',
]);

/**
 * Compares two versions of an object field by field (structured-merge-diff typed/compare.go). `ignored`
 * are names at the top of the object that are left out. Nothing comes back when nothing changed.
 */
export function compareFields(
  schemas: Schemas,
  type: TypeName,
  before: Readonly<JsonObject>,
  after: Readonly<JsonObject>,
  ignored: ReadonlySet<string> = new Set(),
): FieldChange | undefined {
  const { properties } = schemaOf(schemas, type);
  const found = new Children();
  for (const [name, schema] of Object.entries(properties)) {
    if (OWNERLESS.has(name) || ignored.has(name)) continue;
    const [old, now] = [before[name], after[name]];
    // Most of an object is as it was: that is seen faster than it is compared.
    if (sameJson(old, now)) continue;
    if (schema.type === 'ref' && schema.atomic !== true) {
      // Metadata, spec and status are always there, as far as ownership goes: only what is inside is owned.
      const skipped = name === 'metadata' ? OWNERLESS_METADATA : undefined;
      found.add(`f:${name}`, compareStructs(schemas, schema.name, old ?? {}, now ?? {}, skipped));
    } else found.add(`f:${name}`, compareValues(schemas, schema, old, now));
  }
  return found.change(false, false);
}

/** The changes inside one value, by the element of the path that leads to each. */
class Children {
  #set: Record<string, FieldSet> | undefined;
  #removed: Record<string, FieldSet> | undefined;

  add(element: string, change: FieldChange | undefined): void {
    if (change?.set) (this.#set ??= {})[element] = change.set;
    if (change?.removed) (this.#removed ??= {})[element] = change.removed;
  }

  /** `added` and `removed` say that the value itself came or went. */
  change(added: boolean, removed: boolean): FieldChange | undefined {
    const set = fieldNode(this.#set, added);
    const gone = fieldNode(this.#removed, removed);
    return set || gone ? { set, removed: gone } : undefined;
  }
}

function compareValues(schemas: Schemas, schema: Schema, before: unknown, after: unknown): FieldChange | undefined {
  if (before === after) return undefined;
  switch (schema.type) {
    case 'ref':
      if (schema.atomic === true || schemaOf(schemas, schema.name).atomic === true || bothEmpty(before, after)) {
        return compareWhole(before, after);
      }
      return compareStructs(schemas, schema.name, before, after);
    case 'map': {
      if (schema.atomic === true || bothEmpty(before, after)) return compareWhole(before, after);
      const found = new Children();
      const [old, now] = [objectOf(before), objectOf(after)];
      for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
        found.add(`f:${key}`, compareValues(schemas, schema.values, ownValue(old, key), ownValue(now, key)));
      }
      return found.change(before === undefined, after === undefined);
    }
    case 'list':
      if (schema.list === undefined || bothEmpty(before, after)) return compareWhole(before, after);
      return compareLists(schemas, schema, before, after);
    default:
      return compareWhole(before, after);
  }
}

function compareWhole(before: unknown, after: unknown): FieldChange | undefined {
  if (after === undefined) return before === undefined ? undefined : { removed: LEAF };
  return sameJson(before, after) ? undefined : { set: LEAF };
}

function compareStructs(
  schemas: Schemas,
  type: TypeName,
  before: unknown,
  after: unknown,
  skipped?: ReadonlySet<string>,
): FieldChange | undefined {
  const { properties, required = [] } = schemaOf(schemas, type);
  const [old, now] = [objectOf(before), objectOf(after)];
  const found = new Children();
  const compare = (name: string): void => {
    const schema = ownValue(properties, name);
    if (!schema || skipped?.has(name) === true) return;
    let was = old[name];
    // What a type demands is there from the start, though it may be empty.
    if (was === undefined && before !== undefined && required.includes(name)) was = emptyOf(schema);
    found.add(`f:${name}`, compareValues(schemas, schema, was, now[name]));
  };
  for (const name in now) compare(name);
  for (const name in old) if (now[name] === undefined) compare(name);
  return found.change(before === undefined, after === undefined);
}

function compareLists(schemas: Schemas, schema: ListSchema, before: unknown, after: unknown): FieldChange | undefined {
  if (sameJson(before, after)) return undefined;
  const [old, now] = [itemsByElement(schema, before), itemsByElement(schema, after)];
  if (!old || !now) return compareWhole(before, after);
  const found = new Children();
  for (const [element, items] of now) {
    const was = old.get(element);
    // Items that cannot be told apart are owned together.
    if (items.length > 1 || (was?.length ?? 0) > 1) found.add(element, compareWhole(was, items));
    else found.add(element, compareItems(schemas, schema, was?.[0], items[0]));
  }
  for (const [element, items] of old) {
    if (!now.has(element)) found.add(element, compareItems(schemas, schema, items[0], undefined));
  }
  return found.change(before === undefined, after === undefined);
}

function compareItems(schemas: Schemas, schema: ListSchema, before: unknown, after: unknown): FieldChange | undefined {
  return schema.list === 'set' ? compareWhole(before, after) : compareValues(schemas, schema.items, before, after);
}

/** The items of a list by what names them in a path; nothing when some of them have no name. */
function itemsByElement(schema: ListSchema, list: unknown): Map<string, unknown[]> | undefined {
  const result = new Map<string, unknown[]>();
  for (const item of Array.isArray(list) ? (list as unknown[]) : []) {
    const element = schema.list === 'set' ? `v:${JSON.stringify(item)}` : keyElement(schema.keys ?? [], item);
    if (element === undefined) return undefined;
    const same = result.get(element);
    if (same) same.push(item);
    else result.set(element, [item]);
  }
  return result;
}

/** `k:{"containerPort":80,"protocol":"TCP"}`: the keys in order. */
function keyElement(keys: readonly string[], item: unknown): string | undefined {
  if (!isObject(item)) return undefined;
  const named = keys.filter((key) => item[key] !== undefined).sort();
  if (named.length === 0) return undefined;
  return `k:${JSON.stringify(Object.fromEntries(named.map((key) => [key, item[key]])))}`;
}

function bothEmpty(before: unknown, after: unknown): boolean {
  return isEmpty(before) && isEmpty(after);
}

function isEmpty(value: unknown): boolean {
  if (value === undefined) return true;
  return Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

function emptyOf(schema: Schema): unknown {
  if (schema.type === 'list') return [];
  return schema.type === 'ref' || schema.type === 'map' ? {} : undefined;
}
