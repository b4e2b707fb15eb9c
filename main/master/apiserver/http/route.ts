import { statusError } from '#common/kube/status-error.ts';
import type { Kind } from '../kind.ts';
import type { ResourceInfo } from './request-info.ts';

/**
 * Throws 404 where a kind has no such path, and 405 where the path takes no such method. Rights were asked
 * for in the namespace that the path names: a path that names another than the object's must lead nowhere.
 */
export function checkRoute(info: ResourceInfo, kind: Kind): void {
  const { namespace, name, subresource, verb } = info;
  const { namespaced, plural, group } = kind.resource;
  const isNamespace = group === '' && plural === 'namespaces';
  if (namespaced ? namespace === '' && name !== '' : namespace !== '' && !(isNamespace && namespace === name)) {
    throw statusError.unknownResource();
  }
  // All namespaces can only be looked at.
  const takesWrites = !namespaced || namespace !== '';
  if (name === '') {
    const allowed =
      verb === 'list' || verb === 'watch' || (takesWrites && (verb === 'create' || verb === 'deletecollection'));
    if (!allowed) throw statusError.methodNotAllowed();
  } else if (verb === 'create' && subresource === '') throw statusError.methodNotAllowed();
}
