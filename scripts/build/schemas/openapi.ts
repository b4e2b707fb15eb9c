import type { OpenApiDefinition, OpenApiProperty } from '#common/kube/schema/openapi.ts';
import { isKind, requiredFields } from './compact.ts';
import { formatsOf } from './formats.ts';
import { atomicTypes, listFacts } from './list-facts.ts';
import type { ModelField, ModelFieldType, ModelType } from './models.ts';

const SPECIAL: Readonly<Record<string, OpenApiDefinition>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': {
    description: 'A fixed-point number with a decimal or binary suffix, such as 100m, 1.5 or 2Gi.',
    oneOf: [{ type: 'string' }, { type: 'number' }],
  },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': {
    description: 'Either a number or a name.',
    format: 'int-or-string',
    oneOf: [{ type: 'integer' }, { type: 'string' }],
  },
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': {
    description: 'A moment, as RFC 3339 text.',
    type: 'string',
    format: 'date-time',
  },
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': {
    description: 'A moment with microseconds, as RFC 3339 text.',
    type: 'string',
    format: 'date-time',
  },
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': {
    description: 'A set of fields as a trie in JSON.',
    type: 'object',
  },
  'io.k8s.apimachinery.pkg.runtime.RawExtension': { description: 'Any object.', type: 'object' },
};

const TYPE_META: Readonly<Record<string, string>> = {
  apiVersion: 'The API group and version whose schema this object follows, such as apps/v1.',
  kind: 'The kind of this object, in CamelCase, such as Pod.',
};

/** Every type as OpenAPI v3 describes it, by its public name. */
export function openApiDefinitions(types: readonly ModelType[]): Readonly<Record<string, OpenApiDefinition>> {
  return {
    ...SPECIAL,
    ...Object.fromEntries(types.map((type) => [publicName(type.name), definition(type)])),
  };
}

function definition(type: ModelType): OpenApiDefinition {
  const formats = formatsOf(type.name);
  const required = requiredFields(type);
  return {
    description: type.description,
    type: 'object',
    ...(required.length > 0 ? { required } : {}),
    properties: Object.fromEntries(
      type.fields.map((field) => [field.name, property(type, field, formats[field.name])]),
    ),
    ...(atomicTypes.includes(type.name) ? { 'x-kubernetes-map-type': 'atomic' as const } : {}),
    ...(isKind(type) ? { 'x-kubernetes-group-version-kind': [groupVersionKind(type)] } : {}),
  };
}

function groupVersionKind(type: ModelType): { group: string; version: string; kind: string } {
  const literal = (name: string): string => {
    const found = type.fields.find((field) => field.name === name)?.type;
    return found?.kind === 'string' ? (found.values?.[0] ?? '') : '';
  };
  const [first, second] = literal('apiVersion').split('/') as [string, string?];
  return { group: second === undefined ? '' : first, version: second ?? first, kind: literal('kind') };
}

function property(type: ModelType, field: ModelField, format: string | undefined): OpenApiProperty {
  // apiVersion and kind are plain strings in the published documents.
  const isTypeMeta = isKind(type) && (field.name === 'apiVersion' || field.name === 'kind');
  const shape = isTypeMeta ? { type: 'string' as const } : propertyShape(field.type, format);
  const described = '$ref' in shape ? { allOf: [shape] } : shape;
  // Kinds share these two fields, and the words for them, which the models leave out.
  const description = field.description || (TYPE_META[field.name] ?? '');
  return { description, ...described, ...extensions(type.name, field.name) };
}

function propertyShape(type: ModelFieldType, format: string | undefined): OpenApiProperty {
  switch (type.kind) {
    case 'string':
      return {
        type: 'string',
        ...(type.values ? { enum: type.values } : {}),
        ...(format === 'byte' ? { format } : {}),
      };
    case 'number':
      return format === 'double'
        ? { type: 'number', format }
        : { type: 'integer', format: format === 'int32' ? format : 'int64' };
    case 'boolean':
      return { type: 'boolean' };
    case 'any':
      return { type: 'object' };
    case 'list':
      return { type: 'array', items: propertyShape(type.items, format) };
    case 'map':
      return { type: 'object', additionalProperties: propertyShape(type.items, format) };
    case 'ref':
      return { $ref: `#/components/schemas/${publicName(type.name)}` };
    default:
      return type satisfies never;
  }
}

function extensions(owner: string, field: string): OpenApiProperty {
  const result: Record<string, unknown> = {};
  for (const fact of listFacts[owner]?.[field]?.split('; ') ?? []) {
    const [word, ...rest] = fact.split(' ');
    if (word === 'map') {
      result['x-kubernetes-list-type'] = 'map';
      result['x-kubernetes-list-map-keys'] = rest[0]!.split(',');
    } else if (word === 'set' || word === 'atomic') result['x-kubernetes-list-type'] = word;
    else if (word === 'struct-atomic') result['x-kubernetes-map-type'] = 'atomic';
    else if (word === 'merge') {
      result['x-kubernetes-patch-strategy'] = rest[1] ? `merge,${rest[1]}` : 'merge';
      if (rest[0]) result['x-kubernetes-patch-merge-key'] = rest[0];
    } else if (word === 'retainKeys' || word === 'replace') result['x-kubernetes-patch-strategy'] = word;
  }
  return result;
}

/** `core.v1.PodSpec` -> `io.k8s.api.core.v1.PodSpec`. */
function publicName(name: string): string {
  switch (name) {
    case 'Quantity':
      return 'io.k8s.apimachinery.pkg.api.resource.Quantity';
    case 'IntOrString':
      return 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';
    case 'RawExtension':
      return 'io.k8s.apimachinery.pkg.runtime.RawExtension';
    default:
      return name.startsWith('meta.v1.') ? `io.k8s.apimachinery.pkg.apis.${name}` : `io.k8s.api.${name}`;
  }
}
