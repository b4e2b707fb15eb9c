import { createHash } from 'node:crypto';
import { KUBERNETES_VERSION } from '#common/kube/version.ts';
import type { Kind } from '../kind.ts';
import type { KindRegistry } from '../kind-registry.ts';
import { namesByKind, reachable, readDefinitions, type Definitions } from './definitions.ts';
import { operationsOf, type Operation } from './operations.ts';
import { PATH_PARAMETERS, pathParameters, PRETTY } from './parameters.ts';

interface OpenApiV3Document {
  readonly bytes: Buffer;
  readonly hash: string;
}

/**
 * OpenAPI v3 documents, one per group and version (KEP-2896). Made when first asked for, all from one reading
 * of the definitions derived at build time, as the index tells the hashes of all.
 */
export class OpenApiV3 {
  readonly #kinds: KindRegistry;
  readonly #definitionsFile: string;
  #made: Promise<ReadonlyMap<string, OpenApiV3Document>> | undefined;

  constructor(kinds: KindRegistry, definitionsFile: string) {
    this.#kinds = kinds;
    this.#definitionsFile = definitionsFile;
  }

  /** /openapi/v3: where each document is, with its hash, so that clients can keep it. */
  async index(): Promise<unknown> {
    const documents = await this.#documents();
    const paths = Array.from(documents, ([path, { hash }]) => [
      path,
      { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` },
    ]);
    return { paths: Object.fromEntries(paths) as unknown };
  }

  /** The document below /openapi/v3/, such as `api/v1`; nothing when there is none. */
  async document(path: string): Promise<Buffer | undefined> {
    return (await this.#documents()).get(path)?.bytes;
  }

  #documents(): Promise<ReadonlyMap<string, OpenApiV3Document>> {
    return (this.#made ??= this.#make());
  }

  async #make(): Promise<ReadonlyMap<string, OpenApiV3Document>> {
    const definitions = await readDefinitions(this.#definitionsFile);
    const names = namesByKind(definitions);
    const documents = new Map<string, OpenApiV3Document>();
    for (const [path, kinds] of Map.groupBy(this.#kinds.all(), documentPath)) {
      const operations = kinds.flatMap((kind) => operationsOf(kind, names));
      const bytes = Buffer.from(JSON.stringify(documentOf(operations, definitions)), 'utf8');
      documents.set(path, { bytes, hash: createHash('sha256').update(bytes).digest('hex').toUpperCase() });
    }
    return documents;
  }
}

function documentPath({ resource: { group, version } }: Kind): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`;
}

function documentOf(operations: readonly Operation[], definitions: Definitions): unknown {
  const types = operations.flatMap(({ body, answer }) => [body?.type ?? '', answer ?? '']);
  const bearer = { type: 'apiKey', description: 'Bearer Token authentication', name: 'authorization', in: 'header' };
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: KUBERNETES_VERSION },
    paths: pathsOf(operations),
    components: { schemas: reachable(definitions, types), securitySchemes: { BearerToken: bearer } },
  };
}

/** Clients read from them which kinds there are, what bodies they take, and what is checked on the server. */
function pathsOf(operations: readonly Operation[]): Record<string, Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    const item = (paths[operation.path] ??= { parameters: commonParameters(operation.path) });
    item[operation.method] = describe(operation);
  }
  return paths;
}

function describe(operation: Operation): unknown {
  const { body, answer } = operation;
  const success = { description: 'OK', content: content(answer, operation.produces) };
  return {
    tags: [operation.tag],
    description: operation.description,
    operationId: operation.id,
    parameters: operation.query.map(({ name, type, description }) => parameter(name, 'query', type, description)),
    ...(body ? { requestBody: { content: content(body.type, operation.consumes), required: body.required } } : {}),
    responses: {
      ...Object.fromEntries(operation.successCodes.map((code) => [code, success])),
      '401': { description: 'Unauthorized' },
    },
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': operation.gvk,
  };
}

function commonParameters(path: string): unknown[] {
  return [
    ...pathParameters(path).map((name) => ({
      ...parameter(name, 'path', 'string', PATH_PARAMETERS[name] ?? ''),
      required: true,
    })),
    parameter(PRETTY.name, 'query', PRETTY.type, PRETTY.description),
  ];
}

function parameter(name: string, place: 'path' | 'query', type: string, description: string): object {
  return { name, in: place, description, schema: { type, uniqueItems: true } };
}

function content(type: string | undefined, mediaTypes: readonly string[]): unknown {
  const schema = type === undefined ? { type: 'string' } : { $ref: `#/components/schemas/${type}` };
  return Object.fromEntries(mediaTypes.map((mediaType) => [mediaType, { schema }]));
}
