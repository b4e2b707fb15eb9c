import type { StatusError } from '#common/kube/status-error.ts';
import { statusError } from '#common/kube/status-error.ts';
import type { Attributes, Authorizer } from './authorizer.ts';

/** Throws 403 in upstream's words unless the authorizer allows it. */
export function authorize(authorizer: Authorizer, attributes: Attributes): void {
  if (!authorizer.allows(attributes)) throw forbidden(attributes);
}

function forbidden(attributes: Attributes): StatusError {
  const user = `User "${attributes.user.name}"`;
  if ('path' in attributes) {
    return statusError.forbidden(
      { group: '', plural: '' },
      '',
      safe(`${user} cannot ${attributes.verb} path "${attributes.path}"`),
    );
  }
  const { verb, group, resource, subresource, namespace, name } = attributes;
  const what = subresource === '' ? resource : `${resource}/${subresource}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const why = `${user} cannot ${verb} resource "${what}" in API group "${group}" ${where}`;
  return statusError.forbidden({ group, plural: resource }, name, safe(why));
}

/** An error page must never look like HTML. */
function safe(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
