import { sameJson } from '#common/base/same-json.ts';
import { fieldError, type FieldError } from '#common/kube/field-error.ts';
import { dnsLabelProblems } from '#common/kube/names.ts';
import type { Stored } from '#common/kube/object.ts';
import type { Pod } from '#common/kube/resources.ts';
import type { Draft, PartSubresource } from '../../../kind.ts';
import { imageTag } from '../pod-spec/defaults.ts';

const PATH = 'spec.ephemeralContainers';
/** What a container for looking around does not have (pkg/apis/core/validation). */
const NOT_ALLOWED = [
  'ports',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
  'resources',
  'resizePolicy',
] as const;

/** Containers that are added to a running pod, to look into it (`kubectl debug`, KEP-277). None is ever taken away. */
export const ephemeralContainers: PartSubresource<Pod> = {
  style: 'part',
  readable: true,
  take(draft, incoming) {
    const containers = incoming.spec?.ephemeralContainers ?? [];
    for (const container of containers) {
      container.terminationMessagePath ??= '/dev/termination-log';
      container.terminationMessagePolicy ??= 'File';
      container.imagePullPolicy ??= imageTag(container.image ?? '') === 'latest' ? 'Always' : 'IfNotPresent';
    }
    if (draft.spec) draft.spec.ephemeralContainers = containers;
  },
  validate: (draft, old) => [...newErrors(draft), ...changeErrors(draft, old)],
};

function newErrors({ spec }: Draft<Pod>): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set([...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].map(({ name }) => name));
  const targets = new Set(names);
  for (const [index, container] of (spec?.ephemeralContainers ?? []).entries()) {
    const { name, image = '', targetContainerName: target = '' } = container;
    const path = `${PATH}[${index}]`;
    if (name === '') errors.push(fieldError.required(`${path}.name`));
    for (const problem of name === '' ? [] : dnsLabelProblems(name)) {
      errors.push(fieldError.invalid(`${path}.name`, name, problem));
    }
    if (names.has(name)) errors.push(fieldError.duplicate(`${path}.name`, name));
    names.add(name);
    if (image === '') errors.push(fieldError.required(`${path}.image`));
    if (target !== '' && !targets.has(target)) errors.push(fieldError.notFound(`${path}.targetContainerName`, target));
    for (const field of NOT_ALLOWED) {
      if (container[field] !== undefined && !sameJson(container[field], {})) {
        errors.push(fieldError.forbidden(`${path}.${field}`, 'cannot be set for an Ephemeral Container'));
      }
    }
  }
  return errors;
}

function changeErrors({ spec }: Draft<Pod>, old: Stored<Pod>): FieldError[] {
  const now = new Map((spec?.ephemeralContainers ?? []).map((container) => [container.name, container]));
  return (old.spec?.ephemeralContainers ?? []).flatMap((container) => {
    const kept = now.get(container.name);
    const name = JSON.stringify(container.name);
    if (!kept) return [fieldError.forbidden(PATH, `existing ephemeral containers ${name} may not be removed\n`)];
    return sameJson(kept, container)
      ? []
      : [fieldError.forbidden(PATH, `existing ephemeral containers ${name} may not be changed\n`)];
  });
}
