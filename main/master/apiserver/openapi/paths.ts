import { resourcePath } from '#common/client/url.ts';
import type { Kind } from '../kind.ts';

type Operation = Readonly<Record<string, unknown>>;
type PathItem = Readonly<Record<string, unknown>>;

const DRY_RUN = parameter('dryRun', 'Which stages of a modification are not persisted: All.');
const FIELD_MANAGER = parameter('fieldManager', 'Who makes the change.');
const FIELD_VALIDATION = parameter(
  'fieldValidation',
  'What the server does with unknown and duplicate fields: Ignore, Warn or Strict.',
);
const WRITES = [DRY_RUN, FIELD_MANAGER, FIELD_VALIDATION];
const PRETTY = parameter('pretty', 'If true, the output is made readable.');

/**
 * The operations of a kind. Clients read from them which kinds there are, what bodies they take, and
 * that unknown fields are checked on the server.
 */
export function pathsOf(kind: Kind, names: ReadonlyMap<string, string>): Record<string, PathItem> {
  const { resource } = kind;
  const gvk = { group: resource.group, version: resource.version, kind: resource.kind };
  const schema = names.get(`${gvk.group}/${gvk.version}/${gvk.kind}`);
  const operation = (action: string, parameters: readonly unknown[] = [], takesBody = false): Operation => ({
    operationId: `${action}${resource.namespaced ? 'Namespaced' : ''}${resource.kind}`,
    parameters,
    ...(takesBody && schema ? { requestBody: { content: content(schema, ['*/*']), required: true } } : {}),
    responses: {
      '200': { description: 'OK', ...(schema ? { content: content(schema, ['application/json']) } : {}) },
      '401': { description: 'Unauthorized' },
    },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk,
  });
  const scope = resource.namespaced ? '{namespace}' : undefined;
  const pathParameters = [PRETTY, ...(scope ? [pathParameter('namespace')] : [])];
  const collection = path(kind, scope);
  if (kind.review) return { [collection]: { post: operation('post', WRITES, true), parameters: pathParameters } };
  const object = path(kind, scope, '{name}');
  return {
    [collection]: {
      get: operation('list'),
      post: operation('post', WRITES, true),
      delete: operation('deletecollection', [DRY_RUN]),
      parameters: pathParameters,
    },
    [object]: {
      get: operation('get'),
      put: operation('put', WRITES, true),
      patch: operation('patch', WRITES, true),
      delete: operation('delete', [DRY_RUN]),
      parameters: [...pathParameters, pathParameter('name')],
    },
    ...(scope ? { [path(kind, undefined)]: { get: operation('list'), parameters: [PRETTY] } } : {}),
  };
}

function path(kind: Kind, namespace: string | undefined, name?: string): string {
  return decodeURIComponent(resourcePath(kind.resource, namespace, name));
}

function content(schema: string, types: readonly string[]): unknown {
  return Object.fromEntries(types.map((type) => [type, { schema: { $ref: `#/components/schemas/${schema}` } }]));
}

function parameter(name: string, description: string): unknown {
  return { name, in: 'query', description, schema: { type: 'string', uniqueItems: true } };
}

function pathParameter(name: string): unknown {
  return { name, in: 'path', required: true, schema: { type: 'string', uniqueItems: true } };
}
