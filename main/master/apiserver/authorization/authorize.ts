import type { StatusError } from '#common/kube/status-error.ts';
import { statusError } from '#common/kube/status-error.ts';
import type { Attributes, Authorizer } from './authorizer.ts';

/** Throws 403 in upstream's words unless the authorizer allows it. */
export function authorize(authorizer: Authorizer, attributes: Attributes): void {
  const { allowed, reason } = authorizer.decide(attributes);
  if (!allowed) throw forbidden(attributes, reason);
}

function forbidden(attributes: Attributes, reason: string): StatusError {
  const why = (text: string): string => (reason === '' ? safe(text) : `${safe(text)}: ${reason}`);
  const user = `User "${attributes.user.name}"`;
  if ('path' in attributes) {
    return statusError.forbidden(
      { group: '', plural: '' },
      '',
      why(`${user} cannot ${attributes.verb} path "${attributes.path}"`),
    );
  }
  const { verb, group, resource, subresource, namespace, name } = attributes;
  const what = subresource === '' ? resource : `${resource}/${subresource}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const text = `${user} cannot ${verb} resource "${what}" in API group "${group}" ${where}`;
  return statusError.forbidden({ group, plural: resource }, name, why(text));
}

/** An error page must never look like HTML. */
function safe(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
