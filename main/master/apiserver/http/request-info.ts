/** What a URL and a method ask for, before anything is known about kinds (apiserver pkg/endpoints/request). */
export type RequestInfo = ResourceInfo | PathInfo;

export interface ResourceInfo {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly verb: ResourceVerb;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

export interface PathInfo {
  readonly path: string;
  readonly query: URLSearchParams;
  /** The method in lower case. */
  readonly verb: string;
}

export type ResourceVerb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

const VERBS: Readonly<Record<string, ResourceVerb>> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Subresources of namespaces that are not collections inside them. */
const NAMESPACE_PARTS: ReadonlySet<string> = new Set(['status', 'finalize']);

export function requestInfo(method: string, url: string): RequestInfo {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
  const other: PathInfo = { path, query, verb: method.toLowerCase() };
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decoded);
  if (parts.includes(undefined)) return other;
  const [root, ...rest] = parts as string[];
  if (root !== 'api' && root !== 'apis') return other;
  const group = root === 'api' ? '' : rest.shift();
  const version = rest.shift();
  const verb = VERBS[method];
  if (group === undefined || version === undefined || rest.length === 0 || !verb) return other;
  return resourceInfo({ path, query, verb, group, version }, rest);
}

function resourceInfo(
  base: Pick<ResourceInfo, 'path' | 'query' | 'verb' | 'group' | 'version'>,
  parts: readonly string[],
): ResourceInfo {
  let namespace = '';
  let rest = parts;
  if (parts[0] === 'namespaces' && parts.length > 1) {
    namespace = parts[1]!;
    if (parts.length > 2 && !NAMESPACE_PARTS.has(parts[2]!)) rest = parts.slice(2);
  }
  const [resource = '', name = '', ...sub] = rest;
  // A namespace itself lives at the cluster scope, but rights on it are asked for inside it.
  const info = { ...base, resource, name, subresource: sub.join('/'), namespace };
  return { ...info, verb: collectionVerb(info) };
}

function collectionVerb(info: ResourceInfo): ResourceVerb {
  if (info.name !== '') {
    return info.verb === 'get' && isTrue(info.query.get('watch')) && info.subresource === '' ? 'watch' : info.verb;
  }
  if (info.verb === 'get') return isTrue(info.query.get('watch')) ? 'watch' : 'list';
  return info.verb === 'delete' ? 'deletecollection' : info.verb;
}

/** As Go reads a flag in a query: present without a value is true. */
export function isTrue(value: string | null): boolean {
  return value !== null && !['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value);
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
