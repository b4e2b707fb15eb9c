import { statusError, type StatusError } from '#common/kube/status-error.ts';
import type { AdmissionRequest } from './admission.ts';

/** 403 for a write that a plugin does not let pass (apiserver pkg/admission, NewForbidden). */
export function refusal({ kind, name, draft }: AdmissionRequest, why: string): StatusError {
  const named = name || draft?.metadata.name || draft?.metadata.generateName || 'Unknown';
  return statusError.forbidden(kind.resource, named, why);
}

export function isAbout({ kind: { resource } }: AdmissionRequest, group: string, plural: string): boolean {
  return resource.plural === plural && resource.group === group;
}
