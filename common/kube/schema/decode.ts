import { mutableCopy } from '#common/base/freeze.ts';
import { ownValue, setOwn } from '#common/base/own-keys.ts';
import { canonicalQuantity } from '../quantity.ts';
import { MAXIMUM_DEPTH } from '../text/json.ts';
import { parseTime } from '../time.ts';
import type { ObjectSchema, Schema, Schemas, TypeName } from './schema.ts';

export type JsonObject = Record<string, unknown>;

/** A value whose JSON type is not its field's: answered as 400, with Go's words. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

export interface Decoded {
  readonly object: JsonObject;
  /** Fields that the type does not have (they are not in `object`) or that are there twice, in their order. */
  readonly problems: readonly string[];
}

const NONE: ReadonlySet<string> = new Set();
const METADATA = 'meta.v1.ObjectMeta';

/**
 * Reads a JSON value as one of the types: a new object with known fields only, nulls and empty maps left out,
 * quantities canonical. `duplicates` are the paths of fields that its text had more than once. `before` is an earlier
 * version that was decoded: where the value has the very same part as it, that is copied and not read again.
 */
export function decode(
  schemas: Schemas,
  type: TypeName,
  value: unknown,
  duplicates: ReadonlySet<string> = NONE,
  before?: Readonly<JsonObject>,
): Decoded {
  const problems: string[] = [];
  if (!isObject(value))
    throw new DecodeError(`json: cannot unmarshal ${jsonWord(value)} into Go value of type ${type}`);
  const decoder: Decoder = { schemas, duplicates, problems };
  return { object: decodeObject(decoder, type, value, '', '', before), problems };
}

interface Decoder {
  readonly schemas: Schemas;
  readonly duplicates: ReadonlySet<string>;
  readonly problems: string[];
}

/** Where a value stands: with indices for people, without for Go's messages. */
interface Place {
  readonly path: string;
  readonly goPath: string;
  /** The struct that holds the field, without its package. */
  readonly struct: string;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmpty(value: JsonObject): boolean {
  for (const _ in value) return false;
  return true;
}

function decodeObject(
  decoder: Decoder,
  type: TypeName,
  value: JsonObject,
  path: string,
  goPath: string,
  before?: Readonly<JsonObject>,
): JsonObject {
  const schema = schemaOf(decoder.schemas, type);
  const struct = type.slice(type.lastIndexOf('.') + 1);
  const result: JsonObject = {};
  for (const [name, child] of Object.entries(value)) {
    const childPath = path === '' ? name : `${path}.${name}`;
    const property = ownValue(schema.properties, name);
    if (!property) {
      decoder.problems.push(`unknown field "${childPath}"`);
      continue;
    }
    noteDuplicate(decoder, childPath);
    if (child === null || child === undefined) continue;
    if (before && isObject(child) && child === before[name]) {
      result[name] = mutableCopy(child);
      continue;
    }
    // Go writes no empty map (omitempty): nobody could tell it from one that is not there.
    if (property.type === 'map' && isObject(child) && isEmpty(child)) continue;
    // Nor an empty list where every list is of that sort.
    if (type === METADATA && Array.isArray(child) && child.length === 0) continue;
    const place: Place = { path: childPath, goPath: goPath === '' ? name : `${goPath}.${name}`, struct };
    result[name] = decodeValue(decoder, property, child, place);
  }
  // As Go's zero values do, so that no code meets a hole where the type promises something.
  for (const name of schema.required ?? []) {
    if (result[name] !== undefined) continue;
    const zero = zeroValue(decoder.schemas, schema.properties[name]!);
    if (zero !== null) result[name] = zero;
  }
  return result;
}

function decodeValue(decoder: Decoder, schema: Schema, value: unknown, place: Place): unknown {
  switch (schema.type) {
    case 'string':
      if (typeof value !== 'string') throw mismatch(decoder, schema, value, place);
      if (schema.format === 'byte') return canonicalBase64(value);
      return schema.format === undefined ? value : parseTime(value, schema.format);
    case 'boolean':
      if (typeof value !== 'boolean') throw mismatch(decoder, schema, value, place);
      return value;
    case 'number':
      // Beyond what a double holds there is only infinity, which JSON cannot write.
      if (typeof value !== 'number' || !Number.isFinite(value)) throw mismatch(decoder, schema, value, place);
      return value;
    case 'integer':
      return decodeInteger(decoder, schema, value, place);
    case 'quantity':
      if (typeof value !== 'string' && typeof value !== 'number') throw mismatch(decoder, schema, value, place);
      if (typeof value === 'number' && !isExact(value)) throw inexact(decoder, schema, value, place);
      return canonicalQuantity(value);
    case 'int-or-string':
      if (typeof value === 'string') return value;
      return decodeInteger(decoder, { type: 'integer', format: 'int32' }, value, place);
    case 'any':
      return copyExactly(decoder, schema, value, place, 0);
    case 'list':
      if (!Array.isArray(value)) throw mismatch(decoder, schema, value, place);
      return value.map((item, index) =>
        item === null
          ? zeroValue(decoder.schemas, schema.items)
          : decodeValue(decoder, schema.items, item, { ...place, path: `${place.path}[${index}]` }),
      );
    case 'map': {
      if (!isObject(value)) throw mismatch(decoder, schema, value, place);
      const result: JsonObject = {};
      for (const [key, item] of Object.entries(value)) {
        const inside = { ...place, path: `${place.path}.${key}` };
        noteDuplicate(decoder, inside.path);
        setOwn(
          result,
          key,
          item === null ? zeroValue(decoder.schemas, schema.values) : decodeValue(decoder, schema.values, item, inside),
        );
      }
      return result;
    }
    case 'ref':
      if (!isObject(value)) throw mismatch(decoder, schema, value, place);
      return decodeObject(decoder, schema.name, value, place.path, place.goPath);
    default:
      return schema satisfies never;
  }
}

function noteDuplicate({ duplicates, problems }: Decoder, path: string): void {
  if (duplicates.has(path)) problems.push(`duplicate field "${path}"`);
}

/** Whatever stands where anything may: as it is, or not at all. */
function copyExactly(decoder: Decoder, schema: Schema, value: unknown, place: Place, depth: number): unknown {
  // Patch upon patch could make it deeper than any one body may be.
  if (depth > MAXIMUM_DEPTH) throw new DecodeError('exceeded max depth');
  const inside = (child: unknown): unknown => copyExactly(decoder, schema, child, place, depth + 1);
  if (Array.isArray(value)) return value.map(inside);
  if (isObject(value)) {
    const result: JsonObject = {};
    for (const [key, child] of Object.entries(value)) setOwn(result, key, inside(child));
    return result;
  }
  if (typeof value === 'number' && !isExact(value)) throw inexact(decoder, schema, value, place);
  return value;
}

/** A whole number that JavaScript holds exactly, or a fraction, which nobody holds exactly. */
function isExact(value: number): boolean {
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
}

function inexact(decoder: Decoder, schema: Schema, value: number, place: Place): DecodeError {
  return mismatch(decoder, schema, value, place, `number ${value}`);
}

function decodeInteger(
  decoder: Decoder,
  schema: Schema & { readonly type: 'integer' },
  value: unknown,
  place: Place,
): number {
  if (typeof value !== 'number') throw mismatch(decoder, schema, value, place);
  // A number that JavaScript cannot hold exactly is refused rather than changed.
  const fits = schema.format === 'int32' ? (value | 0) === value : Number.isSafeInteger(value);
  if (!fits) throw inexact(decoder, schema, value, place);
  return value;
}

/** What Go has where nothing was given. */
function zeroValue(schemas: Schemas, schema: Schema): unknown {
  switch (schema.type) {
    case 'string':
      return schema.format === undefined || schema.format === 'byte' ? '' : null;
    case 'integer':
    case 'number':
      return 0;
    case 'quantity':
      return '0';
    case 'int-or-string':
      return 0;
    case 'boolean':
      return false;
    case 'list':
      return [];
    case 'map':
      return {};
    case 'ref':
      return decode(schemas, schema.name, {}).object;
    case 'any':
      return null;
    default:
      return schema satisfies never;
  }
}

function mismatch(decoder: Decoder, schema: Schema, value: unknown, place: Place, word = jsonWord(value)): DecodeError {
  if (schema.type === 'quantity') {
    return new DecodeError(
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    );
  }
  return new DecodeError(
    `json: cannot unmarshal ${word} into Go struct field ${place.struct}.${place.goPath} of type ${goType(decoder.schemas, schema)}`,
  );
}

function goType(schemas: Schemas, schema: Schema): string {
  switch (schema.type) {
    case 'string':
      if (schema.format === 'byte') return '[]uint8';
      return schema.format === undefined ? 'string' : 'v1.Time';
    case 'integer':
      return schema.format;
    case 'number':
      return 'float64';
    case 'boolean':
      return 'bool';
    case 'quantity':
      return 'resource.Quantity';
    case 'int-or-string':
      return 'intstr.IntOrString';
    case 'any':
      return 'runtime.RawExtension';
    case 'list':
      return `[]${goType(schemas, schema.items)}`;
    case 'map':
      return `map[string]${goType(schemas, schema.values)}`;
    case 'ref':
      return schema.name.slice(schema.name.indexOf('.') + 1);
    default:
      return schema satisfies never;
  }
}

function jsonWord(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'number':
      return 'number';
    case 'boolean':
      return 'bool';
    default:
      return 'object';
  }
}

/** As Go writes back what it has read: one line, no stray bits. */
function canonicalBase64(value: string): string {
  const wrong = /[^A-Za-z0-9+/=\r\n]/.exec(value)?.index ?? -1;
  const plain = value.replace(/[\r\n]/g, '');
  const valid = wrong < 0 && plain.length % 4 === 0 && /^[^=]*={0,2}$/.test(plain);
  if (!valid) {
    throw new DecodeError(`illegal base64 data at input byte ${wrong >= 0 ? wrong : Math.floor(plain.length / 4) * 4}`);
  }
  return Buffer.from(plain, 'base64').toString('base64');
}

export function schemaOf(schemas: Schemas, type: TypeName): ObjectSchema {
  const schema = schemas[type];
  if (!schema) throw new Error(`There is no schema for the type ${type}`);
  return schema;
}
