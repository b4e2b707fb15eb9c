import { setOwn } from '#common/base/own-keys.ts';
import { isObject, schemaOf, type JsonObject } from '../schema/decode.ts';
import type { ObjectSchema, Schema, Schemas, TypeName } from '../schema/schema.ts';
import { fieldsOfMessage, type MessageField, type MessageFields } from './messages.ts';
import { readBytes, readIntOrString, readQuantity, readRaw, readString, readTime } from './values.ts';
import { BYTES, expectWire, FIXED64, readFields, readInteger, VARINT, type WireReader } from './wire.ts';

/**
 * Reads the message of a type as the object that Go would write as JSON: what is empty is left out as
 * `omitempty` has it. Only whole numbers' ranges and texts' forms are left to the schema's own decoding.
 * Throws `ProtobufError`. The nesting is that of the types, which have an end.
 */
export function readMessage(schemas: Schemas, type: TypeName, bytes: Uint8Array): JsonObject {
  const object: JsonObject = {};
  mergeMessage(schemas, schemaOf(schemas, type), type, bytes, object);
  return object;
}

/** A message that comes in several parts is their sum. */
function mergeMessage(
  schemas: Schemas,
  owner: ObjectSchema,
  message: TypeName,
  bytes: Uint8Array,
  object: JsonObject,
): void {
  const fields = messageFields(message);
  readFields(bytes, (number, wire, reader) => {
    const field = fields.get(number);
    if (!field) return false;
    if (field.style === 'inline') {
      mergeMessage(schemas, owner, field.message, readBytes(field.message, wire, reader), object);
    } else readField(schemas, owner.properties[field.name]!, field, wire, reader, object);
    return true;
  });
}

function messageFields(message: TypeName): MessageFields {
  const fields = fieldsOfMessage(message);
  if (!fields) throw new Error(`There is no message for the type ${message}`);
  return fields;
}

function readField(
  schemas: Schemas,
  schema: Schema,
  { name, keepsEmpty }: MessageField & { readonly style: 'own' },
  wire: number,
  reader: WireReader,
  object: JsonObject,
): void {
  if (schema.type === 'list') {
    const list = (object[name] ??= []) as unknown[];
    readItems(schemas, schema.items, name, wire, reader, list);
    return;
  }
  if (schema.type === 'map') {
    const map = (object[name] ??= {}) as JsonObject;
    readEntry(schemas, schema.values, readBytes(name, wire, reader), map);
    return;
  }
  if (schema.type === 'ref') {
    const target = isObject(object[name]) ? object[name] : {};
    mergeMessage(schemas, schemaOf(schemas, schema.name), schema.name, readBytes(name, wire, reader), target);
    object[name] = target;
    return;
  }
  const value = readScalar(schema, name, wire, reader);
  const isEmpty = value === undefined || (!keepsEmpty && isEmptyScalar(schema, value));
  if (isEmpty) delete object[name];
  else object[name] = value;
}

type Scalar = Exclude<Schema, { readonly type: 'list' | 'map' | 'ref' }>;

/** Structs such as Quantity are never left out, however empty. */
function isEmptyScalar(schema: Scalar, value: unknown): boolean {
  switch (schema.type) {
    case 'string':
    case 'integer':
    case 'number':
    case 'boolean':
      return value === '' || value === 0 || value === false;
    case 'quantity':
    case 'int-or-string':
    case 'any':
      return false;
    default:
      return schema satisfies never;
  }
}

function readScalar(schema: Scalar, name: string, wire: number, reader: WireReader): unknown {
  switch (schema.type) {
    case 'string':
      if (schema.format === undefined) return readString(name, wire, reader);
      if (schema.format === 'byte') return Buffer.from(readBytes(name, wire, reader)).toString('base64');
      return readTime(readBytes(name, wire, reader), schema.format);
    case 'integer':
      expectWire(name, wire, VARINT);
      return schema.format === 'int32' ? reader.int32() : readInteger(reader);
    case 'number':
      expectWire(name, wire, FIXED64);
      return reader.double();
    case 'boolean':
      expectWire(name, wire, VARINT);
      return readInteger(reader) !== 0;
    case 'quantity':
      return readQuantity(readBytes(name, wire, reader));
    case 'int-or-string':
      return readIntOrString(readBytes(name, wire, reader));
    case 'any':
      return readRaw(readBytes(name, wire, reader));
    default:
      return schema satisfies never;
  }
}

/** One item, or many numbers in one piece. */
function readItems(
  schemas: Schemas,
  items: Schema,
  name: string,
  wire: number,
  reader: WireReader,
  list: unknown[],
): void {
  if (items.type === 'integer' && wire === BYTES) {
    const end = reader.uint32() + reader.pos;
    while (reader.pos < end) list.push(readScalar(items, name, VARINT, reader));
    return;
  }
  list.push(readItem(schemas, items, name, wire, reader));
}

function readItem(schemas: Schemas, schema: Schema, name: string, wire: number, reader: WireReader): unknown {
  switch (schema.type) {
    case 'ref':
      return readMessage(schemas, schema.name, readBytes(name, wire, reader));
    case 'list':
      return readWrappedList(schemas, schema.items, readBytes(name, wire, reader));
    case 'map':
      throw new Error(`No message has a map in a list or map: ${name}`);
    default:
      return readScalar(schema, name, wire, reader);
  }
}

/** A list as the value of a map is a message of its own: ExtraValue. */
function readWrappedList(schemas: Schemas, items: Schema, bytes: Uint8Array): unknown[] {
  const list: unknown[] = [];
  readFields(bytes, (number, wire, reader) => {
    if (number !== 1) return false;
    readItems(schemas, items, 'Items', wire, reader, list);
    return true;
  });
  return list;
}

function readEntry(schemas: Schemas, values: Schema, bytes: Uint8Array, map: JsonObject): void {
  let key = '';
  // The schema's decoding puts the type's empty value where an entry has none.
  let value: unknown = null;
  readFields(bytes, (number, wire, reader) => {
    if (number === 1) key = readString('MapKey', wire, reader);
    else if (number === 2) value = readItem(schemas, values, 'MapValue', wire, reader) ?? null;
    else return false;
    return true;
  });
  setOwn(map, key, value);
}

/** Whether bodies of the type can be read. */
export function hasMessage(type: TypeName): boolean {
  return fieldsOfMessage(type) !== undefined;
}
