import type { ListSchema, ObjectSchema, Schema, Schemas } from '#common/kube/schema/schema.ts';
import { formatsOf } from './formats.ts';
import { atomicTypes, listFacts } from './list-facts.ts';
import type { ModelFieldType, ModelType } from './models.ts';

/** The compact form of all types, which the master reads at run time. */
export function compactSchemas(types: readonly ModelType[]): Schemas {
  const atomic = new Set(atomicTypes);
  const entries = types.map((type): [string, ObjectSchema] => {
    const formats = formatsOf(type.name);
    const required = requiredFields(type);
    return [
      type.name,
      {
        properties: Object.fromEntries(
          type.fields.map((field) => [field.name, fieldSchema(type.name, field.name, field.type, formats[field.name])]),
        ),
        ...(required.length > 0 ? { required } : {}),
        ...(atomic.has(type.name) ? { atomic: true as const } : {}),
      },
    ];
  });
  return Object.fromEntries(entries);
}

/** A kind's own name may be left out of an object: the place it stands in tells it. */
export function requiredFields(type: ModelType): readonly string[] {
  const names = type.fields.filter((field) => field.required).map((field) => field.name);
  return isKind(type) ? names.filter((name) => name !== 'apiVersion' && name !== 'kind') : names;
}

/** Whether the type is a kind of its own: its apiVersion is one fixed text. */
export function isKind(type: ModelType): boolean {
  const version = type.fields.find((field) => field.name === 'apiVersion')?.type;
  return version?.kind === 'string' && version.values?.length === 1;
}

function fieldSchema(owner: string, field: string, type: ModelFieldType, format: string | undefined): Schema {
  const facts = listFacts[owner]?.[field]?.split('; ') ?? [];
  const schema = schemaOf(`${owner}.${field}`, type, format);
  if (schema.type === 'list') return withFacts(schema, facts);
  if (schema.type === 'map' && facts.includes('struct-atomic')) return { ...schema, atomic: true };
  if (schema.type === 'ref') {
    return {
      ...schema,
      ...(facts.includes('struct-atomic') ? { atomic: true as const } : {}),
      ...(facts.includes('retainKeys') ? { retainKeys: true as const } : {}),
    };
  }
  return schema;
}

function withFacts(schema: ListSchema, facts: readonly string[]): ListSchema {
  let result = schema;
  for (const fact of facts) {
    const [word, ...rest] = fact.split(' ');
    switch (word) {
      case 'map':
        result = { ...result, list: 'map', keys: rest[0]!.split(',') };
        break;
      case 'set':
        result = { ...result, list: 'set' };
        break;
      case 'merge':
        result = { ...result, mergeKey: rest[0] ?? '', ...(rest[1] === 'retainKeys' ? { retainKeys: true } : {}) };
        break;
      case 'atomic':
      case 'replace':
        break;
      default:
        throw new Error(`Unknown list fact: ${fact}`);
    }
  }
  return result;
}

function schemaOf(place: string, type: ModelFieldType, format: string | undefined): Schema {
  switch (type.kind) {
    case 'string':
      return format === 'byte' ? { type: 'string', format } : { type: 'string' };
    case 'boolean':
      return { type: 'boolean' };
    case 'number':
      if (format === 'double') return { type: 'number' };
      // Lists and maps of numbers carry no format of their own; those in the API are all int32 or int64.
      if (format === 'int32' || format === 'int64') return { type: 'integer', format };
      if (format === undefined || format === '') return { type: 'integer', format: 'int64' };
      throw new Error(`Unknown number format ${format} at ${place}`);
    case 'any':
      return { type: 'any' };
    case 'list':
      return { type: 'list', items: schemaOf(place, type.items, format) };
    case 'map':
      return { type: 'map', values: schemaOf(place, type.items, format) };
    case 'ref':
      return refSchema(type.name);
    default:
      return type satisfies never;
  }
}

function refSchema(name: string): Schema {
  switch (name) {
    case 'Quantity':
      return { type: 'quantity' };
    case 'IntOrString':
      return { type: 'int-or-string' };
    case 'meta.v1.Time':
      return { type: 'string', format: 'date-time' };
    case 'meta.v1.MicroTime':
      return { type: 'string', format: 'micro-time' };
    case 'RawExtension':
    case 'meta.v1.FieldsV1':
    case 'meta.v1.Patch':
      return { type: 'any' };
    default:
      return { type: 'ref', name };
  }
}
