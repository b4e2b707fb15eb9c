import protobuf from 'protobufjs/minimal.js';
import type { Swagger, SwaggerOperation, SwaggerParameter, SwaggerPath, SwaggerSchema } from './swagger.ts';

/** Field numbers: OpenAPIv2.proto of gnostic, whose messages Kubernetes' clients read. */
export function swaggerProtobuf(document: Swagger): Buffer {
  const writer = protobuf.Writer.create();
  text(writer, 1, document.swagger);
  message(writer, 2, () => {
    text(writer, 1, document.info.title);
    text(writer, 2, document.info.version);
  });
  message(writer, 8, () => named(writer, 2, document.paths, writePath));
  message(writer, 9, () => named(writer, 1, document.definitions, writeSchema));
  for (const requirement of document.security) {
    message(writer, 12, () => named(writer, 1, requirement, (out, scopes) => texts(out, 1, scopes)));
  }
  message(writer, 13, () =>
    named(writer, 1, document.securityDefinitions, (out, definition) =>
      // One of several forms; this is ApiKeySecurity.
      message(out, 2, () => {
        text(out, 1, definition.type);
        text(out, 2, definition.name);
        text(out, 3, definition.in);
        text(out, 4, definition.description);
      }),
    ),
  );
  return Buffer.from(writer.finish());
}

type Writer = protobuf.Writer;

const METHODS = { get: 2, put: 3, post: 4, delete: 5, patch: 8 } as const;

function writePath(writer: Writer, path: SwaggerPath): void {
  for (const [method, field] of Object.entries(METHODS)) {
    const operation = path[method as keyof typeof METHODS];
    if (operation) message(writer, field, () => writeOperation(writer, operation));
  }
  for (const parameter of path.parameters) message(writer, 9, () => writeParameter(writer, parameter));
}

function writeOperation(writer: Writer, operation: SwaggerOperation): void {
  texts(writer, 1, operation.tags);
  text(writer, 3, operation.description);
  text(writer, 5, operation.operationId);
  texts(writer, 6, operation.produces);
  texts(writer, 7, operation.consumes);
  for (const parameter of operation.parameters) message(writer, 8, () => writeParameter(writer, parameter));
  message(writer, 9, () =>
    named(writer, 1, operation.responses, (out, { description, schema }) =>
      message(out, 1, () => {
        text(out, 1, description);
        if (schema) message(out, 2, () => message(out, 1, () => writeSchema(out, schema)));
      }),
    ),
  );
  texts(writer, 10, operation.schemes);
  writeExtensions(writer, 13, operation);
}

/** ParametersItem: a Parameter, which is a BodyParameter or one of several others. */
function writeParameter(writer: Writer, parameter: SwaggerParameter): void {
  message(writer, 1, () => {
    if ('schema' in parameter) {
      message(writer, 1, () => {
        text(writer, 2, parameter.name);
        text(writer, 3, parameter.in);
        flag(writer, 4, parameter.required);
        message(writer, 5, () => writeSchema(writer, parameter.schema));
      });
      return;
    }
    const isPath = parameter.in === 'path';
    message(writer, 2, () =>
      message(writer, isPath ? 4 : 3, () => {
        flag(writer, 1, parameter.required);
        text(writer, 2, parameter.in);
        text(writer, 3, parameter.description);
        text(writer, 4, parameter.name);
        text(writer, isPath ? 5 : 6, parameter.type);
        flag(writer, isPath ? 19 : 20, parameter.uniqueItems);
      }),
    );
  });
}

function writeSchema(writer: Writer, schema: SwaggerSchema): void {
  const { items, additionalProperties, properties } = schema;
  text(writer, 1, schema.$ref);
  text(writer, 2, schema.format);
  text(writer, 4, schema.description);
  texts(writer, 19, schema.required ?? []);
  for (const value of schema.enum ?? []) message(writer, 20, () => text(writer, 2, JSON.stringify(value)));
  if (additionalProperties) {
    message(writer, 21, () => message(writer, 1, () => writeSchema(writer, additionalProperties)));
  }
  if (schema.type !== undefined) message(writer, 22, () => texts(writer, 1, [schema.type!]));
  if (items) message(writer, 23, () => message(writer, 1, () => writeSchema(writer, items)));
  if (properties) message(writer, 25, () => named(writer, 1, properties, writeSchema));
  writeExtensions(writer, 31, schema);
}

/** Each an Any, whose value clients read as YAML, which JSON is. */
function writeExtensions(writer: Writer, field: number, owner: object): void {
  const extensions = Object.fromEntries(Object.entries(owner).filter(([name]) => name.startsWith('x-')));
  named(writer, field, extensions, (out, value) => text(out, 2, JSON.stringify(value)));
}

/** A map: a list of pairs, the name first. */
function named<T>(
  writer: Writer,
  field: number,
  entries: Readonly<Record<string, T>>,
  write: (writer: Writer, value: T) => void,
): void {
  for (const [name, value] of Object.entries(entries)) {
    message(writer, field, () => {
      text(writer, 1, name);
      message(writer, 2, () => write(writer, value));
    });
  }
}

const BYTES = 2;
const VARINT = 0;

function message(writer: Writer, field: number, write: () => void): void {
  writer.uint32((field << 3) | BYTES).fork();
  write();
  writer.ldelim();
}

function text(writer: Writer, field: number, value: string | undefined): void {
  if (value !== undefined && value !== '') writer.uint32((field << 3) | BYTES).string(value);
}

function texts(writer: Writer, field: number, values: readonly string[]): void {
  for (const value of values) writer.uint32((field << 3) | BYTES).string(value);
}

function flag(writer: Writer, field: number, value: boolean | undefined): void {
  if (value === true) writer.uint32((field << 3) | VARINT).bool(true);
}
