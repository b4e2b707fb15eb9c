import type { Kind, Subresource } from '../kind.ts';

/** In the order in which upstream lists them. */
const STORED_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

export function kindVerbs(kind: Kind): readonly string[] {
  return kind.review ? ['create'] : STORED_VERBS;
}

export function subresourceVerbs(subresource: Subresource): readonly string[] {
  switch (subresource.style) {
    case 'part':
      return subresource.readable ? ['get', 'patch', 'update'] : ['update'];
    case 'view':
      return ['get', 'patch', 'update'];
    case 'action':
      return ['create'];
    case 'connect':
      return subresource.verbs;
    default:
      return subresource satisfies never;
  }
}

/** The kind whose objects go through a subresource's door. */
export function subresourceKind(
  kind: Kind,
  subresource: Subresource,
): { group: string; version: string; kind: string } {
  const { group, version } = kind.resource;
  switch (subresource.style) {
    case 'view':
    case 'action':
      return { group: subresource.group, version: subresource.version, kind: subresource.kind };
    case 'part':
    case 'connect':
      return { group, version, kind: kind.resource.kind };
    default:
      return subresource satisfies never;
  }
}
