import { envNameProblems } from '#common/kube/names.ts';
import { CreateContainerConfigError } from '../containers/errors.ts';
import type { ContainerSpec, StoredPod } from '../pod.ts';
import { expand } from './expansion.ts';
import { podField, type PodAddresses } from './field-ref.ts';
import { resourceField } from './resource-field-ref.ts';

/** A ConfigMap or Secret as variables see it: texts by key. */
export type KeyValues = Readonly<Record<string, string>>;

export interface VariableSources {
  readonly addresses: PodAddresses;
  /** Where Services are; what the container itself says goes before them. */
  readonly services: ReadonlyMap<string, string>;
  /** Node.status.allocatable. */
  readonly allocatable: Readonly<Record<string, string>>;
  /** Nothing when there is no such object. */
  configMap(name: string): KeyValues | undefined;
  secret(name: string): KeyValues | undefined;
}

type Kind = 'ConfigMap' | 'Secret';

/**
 * The environment of a container (kubelet's makeEnvironmentVariables): Services, over them envFrom, over that env,
 * in which later ones may use earlier ones. `skipped` are keys of envFrom that cannot be names of variables.
 */
export function containerEnvironment(
  pod: StoredPod,
  container: ContainerSpec,
  sources: VariableSources,
): { variables: Map<string, string>; skipped: string[] } {
  const variables = new Map<string, string>();
  const skipped: string[] = [];
  const find = (kind: Kind, name: string): KeyValues | undefined =>
    kind === 'ConfigMap' ? sources.configMap(name) : sources.secret(name);

  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    for (const [kind, reference] of [
      ['ConfigMap', configMapRef],
      ['Secret', secretRef],
    ] as const) {
      if (!reference) continue;
      const values = find(kind, reference.name ?? '');
      if (!values) {
        if (reference.optional) continue;
        throw notFound(kind, reference.name ?? '');
      }
      for (const [key, value] of Object.entries(values)) {
        if (envNameProblems(prefix + key).length > 0) skipped.push(key);
        else variables.set(prefix + key, value);
      }
    }
  }

  const known = { get: (name: string) => variables.get(name) ?? sources.services.get(name) };
  for (const { name, value, valueFrom } of container.env ?? []) {
    if (!valueFrom) {
      variables.set(name, expand(value ?? '', known));
      continue;
    }
    const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
    if (fieldRef) variables.set(name, podField(pod, fieldRef.fieldPath, sources.addresses));
    else if (resourceFieldRef) {
      variables.set(name, resourceField(container, resourceFieldRef, sources.allocatable));
    } else {
      const kind = configMapKeyRef ? 'ConfigMap' : 'Secret';
      const reference = configMapKeyRef ?? secretKeyRef;
      if (!reference) throw new CreateContainerConfigError(`variable ${name} has a source that is not supported`);
      const values = find(kind, reference.name ?? '');
      if (!values && !reference.optional) throw notFound(kind, reference.name ?? '');
      const found = values?.[reference.key];
      if (found !== undefined) variables.set(name, found);
      else if (!reference.optional) {
        throw new CreateContainerConfigError(
          `couldn't find key ${reference.key} in ${kind} ${pod.metadata.namespace ?? ''}/${reference.name ?? ''}`,
        );
      }
    }
  }
  return { variables: new Map([...sources.services, ...variables]), skipped };
}

function notFound(kind: Kind, name: string): CreateContainerConfigError {
  return new CreateContainerConfigError(`${kind.toLowerCase()} "${name}" not found`);
}
