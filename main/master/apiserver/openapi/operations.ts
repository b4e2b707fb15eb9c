import { resourcePath } from '#common/client/url.ts';
import type { GroupVersionKind } from '#common/kube/schema/openapi.ts';
import { kindVerbs, subresourceKind, subresourceVerbs } from '../discovery/verbs.ts';
import type { Kind, Subresource } from '../kind.ts';
import { gvkText, type NamesByKind } from './definitions.ts';
import { LISTING, DELETING, WATCHING, WRITING, type QueryParameter } from './parameters.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** What can be done at a path, as both versions of OpenAPI tell it in their own form. */
export interface Operation {
  /** `/api/v1/namespaces/{namespace}/pods/{name}` */
  readonly path: string;
  readonly method: Method;
  /** `readCoreV1NamespacedPodStatus` */
  readonly id: string;
  readonly description: string;
  readonly tag: string;
  readonly action: 'list' | 'post' | 'deletecollection' | 'get' | 'put' | 'patch' | 'delete' | 'connect';
  readonly gvk: GroupVersionKind;
  readonly query: readonly QueryParameter[];
  readonly body?: { readonly type: string; readonly required: boolean };
  readonly consumes: readonly string[];
  readonly produces: readonly string[];
  /** The public name of the type that is answered; plain text without one. */
  readonly answer: string | undefined;
  readonly successCodes: readonly number[];
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const ANY = ['*/*'];
const OBJECTS = ['application/json', 'application/yaml'];
const PATCHES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
];

/** Every operation on a kind and on its subresources. Types that have no public name have none here either. */
export function operationsOf(kind: Kind, names: NamesByKind): readonly Operation[] {
  return [
    ...kindVerbs(kind).flatMap((verb) => kindOperations(kind, verb, names)),
    ...Object.entries(kind.subresources ?? {}).flatMap(([name, subresource]) =>
      subresourceVerbs(subresource).flatMap((verb) => subresourceOperations(kind, name, subresource, verb, names)),
    ),
  ];
}

function kindOperations(kind: Kind, verb: string, names: NamesByKind): Operation[] {
  const { resource } = kind;
  const gvk = { group: resource.group, version: resource.version, kind: resource.kind };
  const type = names.get(gvkText(gvk));
  const listType = names.get(gvkText({ ...gvk, kind: `${resource.kind}List` }));
  const scope = resource.namespaced ? '{namespace}' : undefined;
  const collection = path(kind, scope);
  const name = `${resource.namespaced ? 'Namespaced' : ''}${resource.kind}`;
  const common = { gvk, tag: `${groupWord(resource.group)}_${resource.version}`, consumes: ANY, produces: OBJECTS };
  const on = (operation: OwnPart): Operation => ({ ...common, ...operation, id: id(kind, operation.id) });
  const object = { ...common, path: path(kind, scope, '{name}'), answer: type };
  const what = `the specified ${resource.kind}`;
  switch (verb) {
    case 'list': {
      const listing = {
        method: 'get',
        action: 'list',
        description: `list or watch objects of kind ${resource.kind}`,
        query: [...LISTING, ...WATCHING],
        produces: [...OBJECTS, 'application/json;stream=watch'],
        answer: listType,
        successCodes: [200],
      } as const;
      const everywhere = on({
        ...listing,
        path: path(kind, undefined),
        id: ['list', `${resource.kind}ForAllNamespaces`],
      });
      return [on({ ...listing, path: collection, id: ['list', name] }), ...(scope ? [everywhere] : [])];
    }
    case 'create':
      return [
        on({
          path: collection,
          method: 'post',
          action: 'post',
          id: ['create', name],
          description: `create a ${resource.kind}`,
          query: WRITING,
          ...bodyOf(type),
          answer: type,
          successCodes: [200, 201, 202],
        }),
      ];
    case 'deletecollection':
      return [
        on({
          path: collection,
          method: 'delete',
          action: 'deletecollection',
          id: ['delete', `Collection${name}`],
          description: `delete collection of ${resource.kind}`,
          query: [...DELETING, ...LISTING],
          body: { type: `${META}.DeleteOptions`, required: false },
          answer: `${META}.Status`,
          successCodes: [200],
        }),
      ];
    case 'delete':
      return [
        on({
          ...object,
          method: 'delete',
          action: 'delete',
          id: ['delete', name],
          description: `delete a ${resource.kind}`,
          query: DELETING,
          body: { type: `${META}.DeleteOptions`, required: false },
          answer: `${META}.Status`,
          successCodes: [200, 202],
        }),
      ];
    case 'get':
      return [on({ ...object, ...READ, id: ['read', name], description: `read ${what}` })];
    case 'update':
      return [on({ ...object, ...REPLACE, ...bodyOf(type), id: ['replace', name], description: `replace ${what}` })];
    case 'patch':
      return [on({ ...object, ...PATCH, id: ['patch', name], description: `partially update ${what}` })];
    default:
      // A watch is a list that goes on.
      return [];
  }
}

function subresourceOperations(
  kind: Kind,
  subresource: string,
  { style, ...definition }: Subresource,
  verb: string,
  names: NamesByKind,
): Operation[] {
  const { resource } = kind;
  const gvk = subresourceKind(kind, { style, ...definition } as Subresource);
  const type = style === 'connect' ? undefined : names.get(gvkText(gvk));
  const name = `${resource.namespaced ? 'Namespaced' : ''}${resource.kind}${capital(subresource)}`;
  const common = {
    path: `${path(kind, resource.namespaced ? '{namespace}' : undefined, '{name}')}/${subresource}`,
    gvk,
    tag: `${groupWord(resource.group)}_${resource.version}`,
    consumes: ANY,
    produces: style === 'connect' ? ['text/plain', ...OBJECTS] : OBJECTS,
    answer: type,
  };
  const on = (operation: Omit<OwnPart, 'path' | 'answer'>): Operation => ({
    ...common,
    ...operation,
    id: id(kind, operation.id),
  });
  const what = `${subresource} of the specified ${resource.kind}`;
  switch (verb) {
    case 'get':
      return [on({ ...READ, id: ['read', name], description: `read ${what}` })];
    case 'update':
      return [on({ ...REPLACE, ...bodyOf(type), id: ['replace', name], description: `replace ${what}` })];
    case 'patch':
      return [on({ ...PATCH, id: ['patch', name], description: `partially update ${what}` })];
    case 'create':
      return [
        on({
          method: 'post',
          action: style === 'connect' ? 'connect' : 'post',
          query: WRITING,
          ...bodyOf(type),
          successCodes: [200, 201, 202],
          id: ['create', name],
          description: `create ${subresource} of a ${resource.kind}`,
        }),
      ];
    default:
      return [];
  }
}

type OwnPart = Pick<Operation, 'path' | 'method' | 'action' | 'description' | 'query' | 'answer' | 'successCodes'> &
  Partial<Pick<Operation, 'body' | 'consumes' | 'produces'>> & { readonly id: readonly [verb: string, rest: string] };

const READ = { method: 'get', action: 'get', query: [], successCodes: [200] } as const;
const REPLACE = { method: 'put', action: 'put', query: WRITING, successCodes: [200, 201] } as const;
const PATCH = {
  method: 'patch',
  action: 'patch',
  query: WRITING,
  body: { type: `${META}.Patch`, required: true },
  consumes: PATCHES,
  successCodes: [200, 201],
} as const;

function bodyOf(type: string | undefined): Pick<Operation, 'body'> {
  return type === undefined ? {} : { body: { type, required: true } };
}

function path(kind: Kind, namespace: string | undefined, name?: string): string {
  return decodeURIComponent(resourcePath(kind.resource, namespace, name));
}

/** `createCoreV1NamespacedPod`: the verb, where the kind is from, the rest. */
function id({ resource }: Kind, [verb, rest]: readonly [string, string]): string {
  return `${verb}${capital(groupWord(resource.group))}${capital(resource.version)}${rest}`;
}

/** `rbacAuthorization` for rbac.authorization.k8s.io. */
function groupWord(group: string): string {
  if (group === '') return 'core';
  const [first = '', ...rest] = group.replace(/\.k8s\.io$/, '').split('.');
  return first + rest.map(capital).join('');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
