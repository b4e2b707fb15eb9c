import type { OpenApiDefinition, OpenApiProperty } from '#common/kube/schema/openapi.ts';
import { KUBERNETES_VERSION } from '#common/kube/version.ts';
import type { Kind } from '../kind.ts';
import { namesByKind, reachable, referenceName, type Definitions } from './definitions.ts';
import { operationsOf, type Method, type Operation } from './operations.ts';
import { PATH_PARAMETERS, pathParameters, PRETTY } from './parameters.ts';

/** The parts of OpenAPI v2 (Swagger 2.0) that Kubernetes' document is made of. */
export interface Swagger {
  readonly swagger: '2.0';
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, SwaggerPath>>;
  readonly definitions: Readonly<Record<string, SwaggerSchema>>;
  readonly securityDefinitions: Readonly<
    Record<string, { readonly description: string; readonly type: string; readonly name: string; readonly in: string }>
  >;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
}

export type SwaggerPath = Readonly<Partial<Record<Method, SwaggerOperation>>> & {
  readonly parameters: readonly SwaggerParameter[];
};

export interface SwaggerOperation {
  readonly description: string;
  readonly consumes: readonly string[];
  readonly produces: readonly string[];
  readonly schemes: readonly string[];
  readonly tags: readonly string[];
  readonly operationId: string;
  readonly parameters: readonly SwaggerParameter[];
  readonly responses: Readonly<Record<string, { readonly description: string; readonly schema?: SwaggerSchema }>>;
  readonly 'x-kubernetes-action': string;
  readonly 'x-kubernetes-group-version-kind': Operation['gvk'];
}

export type SwaggerParameter =
  | { readonly name: 'body'; readonly in: 'body'; readonly required?: true; readonly schema: SwaggerSchema }
  | {
      readonly name: string;
      readonly in: 'query' | 'path';
      readonly required?: true;
      readonly type: string;
      readonly description: string;
      readonly uniqueItems: true;
    };

export type SwaggerSchema = Omit<
  OpenApiDefinition,
  'allOf' | 'oneOf' | 'items' | 'additionalProperties' | 'properties'
> & {
  readonly items?: SwaggerSchema;
  readonly additionalProperties?: SwaggerSchema;
  readonly properties?: Readonly<Record<string, SwaggerSchema>>;
};

/** The one document of all kinds. */
export function swaggerOf(kinds: Iterable<Kind>, definitions: Definitions): Swagger {
  const names = namesByKind(definitions);
  const operations = Array.from(kinds).flatMap((kind) => operationsOf(kind, names));
  const used = reachable(
    definitions,
    operations.flatMap(({ body, answer }) => [body?.type ?? '', answer ?? '']),
  );
  const sorted = Object.entries(used).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: KUBERNETES_VERSION },
    paths: pathsOf(operations),
    definitions: Object.fromEntries(sorted.map(([name, definition]) => [name, schemaOf(definition)])),
    securityDefinitions: {
      BearerToken: { description: 'Bearer Token authentication', type: 'apiKey', name: 'authorization', in: 'header' },
    },
    security: [{ BearerToken: [] }],
  };
}

function schemaOf(definition: OpenApiProperty & Pick<OpenApiDefinition, 'required' | 'properties'>): SwaggerSchema {
  const { $ref, allOf, oneOf, items, additionalProperties, properties, ...rest } = definition;
  const reference = $ref ?? allOf?.[0]?.$ref;
  return {
    ...rest,
    ...(reference === undefined ? {} : referenceTo(referenceName(reference))),
    // This version knows no alternatives: what may be a number or a text is told as text.
    ...(oneOf ? { type: 'string' as const } : {}),
    ...(items ? { items: schemaOf(items) } : {}),
    ...(additionalProperties ? { additionalProperties: schemaOf(additionalProperties) } : {}),
    ...(properties
      ? { properties: Object.fromEntries(Object.entries(properties).map(([name, child]) => [name, schemaOf(child)])) }
      : {}),
  };
}

function referenceTo(type: string): { readonly $ref: string } {
  return { $ref: `#/definitions/${type}` };
}

function pathsOf(operations: readonly Operation[]): Record<string, SwaggerPath> {
  const paths: Record<string, SwaggerPath> = {};
  for (const operation of operations) {
    const item = paths[operation.path] ?? { parameters: commonParameters(operation.path) };
    paths[operation.path] = { ...item, [operation.method]: describe(operation) };
  }
  return paths;
}

function describe(operation: Operation): SwaggerOperation {
  const { body, answer, query } = operation;
  const schema: SwaggerSchema = answer === undefined ? { type: 'string' } : referenceTo(answer);
  const bodyParameter: readonly SwaggerParameter[] = body
    ? [{ name: 'body', in: 'body', ...(body.required ? { required: true } : {}), schema: referenceTo(body.type) }]
    : [];
  return {
    description: operation.description,
    consumes: operation.consumes,
    produces: operation.produces,
    schemes: ['https'],
    tags: [operation.tag],
    operationId: operation.id,
    parameters: [...bodyParameter, ...query.map((own) => ({ uniqueItems: true, in: 'query', ...own }) as const)],
    responses: {
      ...Object.fromEntries(operation.successCodes.map((code) => [code, { description: SUCCESS[code] ?? '', schema }])),
      '401': { description: 'Unauthorized' },
    },
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': operation.gvk,
  };
}

const SUCCESS: Readonly<Record<number, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted' };

function commonParameters(path: string): SwaggerParameter[] {
  return [
    ...pathParameters(path).map((name): SwaggerParameter => ({
      uniqueItems: true,
      type: 'string',
      description: PATH_PARAMETERS[name] ?? '',
      name,
      in: 'path',
      required: true,
    })),
    { uniqueItems: true, in: 'query', ...PRETTY },
  ];
}
