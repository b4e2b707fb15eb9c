import protobuf from 'protobufjs/minimal.js';
import { fieldsOfMessage } from '#common/kube/protobuf/messages.ts';
import type { JsonObject } from '#common/kube/schema/decode.ts';
import { schemaOf } from '#common/kube/schema/decode.ts';
import type { Schema, Schemas, TypeName } from '#common/kube/schema/schema.ts';

/** An object as a typed Go client sends it: in an envelope, scalars that Go keeps by value always there. */
export function protobufBody(schemas: Schemas, type: TypeName, object: object): Buffer {
  const { apiVersion, kind } = object as { apiVersion: string; kind: string };
  const writer = protobuf.Writer.create();
  writer.uint32(0x0a).fork().uint32(0x0a).string(apiVersion).uint32(0x12).string(kind).ldelim();
  writer.uint32(0x12).bytes(protobufMessage(schemas, type, object as JsonObject));
  return Buffer.concat([Buffer.from('k8s\0'), writer.finish()]);
}

export function protobufMessage(schemas: Schemas, type: TypeName, object: JsonObject): Uint8Array {
  const writer = protobuf.Writer.create();
  writeMessage(writer, schemas, type, type, object);
  return writer.finish();
}

type Writer = protobuf.Writer;

const ZERO: Readonly<Record<string, unknown>> = { string: '', integer: 0, number: 0, boolean: false };

function writeMessage(writer: Writer, schemas: Schemas, owner: TypeName, message: TypeName, object: JsonObject): void {
  const fields = fieldsOfMessage(message);
  if (!fields) throw new Error(`There is no message for the type ${message}`);
  for (const [number, field] of fields) {
    if (field.style === 'inline') {
      writer.uint32((number << 3) | 2).fork();
      writeMessage(writer, schemas, owner, field.message, object);
      writer.ldelim();
      continue;
    }
    const schema = schemaOf(schemas, owner).properties[field.name]!;
    const isTime = schema.type === 'string' && schema.format !== undefined && schema.format !== 'byte';
    const value = object[field.name] ?? (field.keepsEmpty || isTime ? undefined : ZERO[schema.type]);
    if (value !== undefined) writeField(writer, schemas, number, schema, value);
  }
}

function writeField(writer: Writer, schemas: Schemas, number: number, schema: Schema, value: unknown): void {
  if (schema.type === 'list') {
    for (const item of value as unknown[]) writeField(writer, schemas, number, schema.items, item);
    return;
  }
  if (schema.type === 'map') {
    for (const [key, item] of Object.entries(value as JsonObject)) {
      writer
        .uint32((number << 3) | 2)
        .fork()
        .uint32(0x0a)
        .string(key);
      if (schema.values.type === 'list') {
        writer.uint32(0x12).fork();
        writeField(writer, schemas, 1, schema.values, item);
        writer.ldelim();
      } else writeField(writer, schemas, 2, schema.values, item);
      writer.ldelim();
    }
    return;
  }
  switch (schema.type) {
    case 'integer':
      writer.uint32(number << 3).int64(value as number);
      return;
    case 'boolean':
      writer.uint32(number << 3).bool(value as boolean);
      return;
    case 'number':
      writer.uint32((number << 3) | 1).double(value as number);
      return;
    default:
  }
  writer.uint32((number << 3) | 2);
  switch (schema.type) {
    case 'string':
      if (schema.format === undefined) writer.string(value as string);
      else if (schema.format === 'byte') writer.bytes(Buffer.from(value as string, 'base64'));
      else writeTime(writer, value as string);
      return;
    case 'quantity':
      writer.fork().uint32(0x0a).string(String(value)).ldelim();
      return;
    case 'int-or-string':
      writer.fork();
      if (typeof value === 'string') writer.uint32(0x08).int64(1).uint32(0x10).int32(0).uint32(0x1a).string(value);
      else
        writer
          .uint32(0x08)
          .int64(0)
          .uint32(0x10)
          .int32(value as number)
          .uint32(0x1a)
          .string('');
      writer.ldelim();
      return;
    case 'any':
      writer.fork().uint32(0x0a).string(JSON.stringify(value)).ldelim();
      return;
    case 'ref':
      writer.fork();
      writeMessage(writer, schemas, schema.name, schema.name, value as JsonObject);
      writer.ldelim();
      return;
    default:
      schema satisfies never;
  }
}

function writeTime(writer: Writer, text: string): void {
  const fraction = /\.(\d{6})/.exec(text)?.[1] ?? '0';
  writer
    .fork()
    .uint32(0x08)
    .int64(Math.floor(Date.parse(text) / 1000))
    .uint32(0x10)
    .int32(Number(fraction) * 1000)
    .ldelim();
}
