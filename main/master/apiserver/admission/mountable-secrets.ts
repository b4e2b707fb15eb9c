import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import type { Stored } from '#common/kube/object.ts';
import type { ServiceAccount } from '#common/kube/resources.ts';

const ANNOTATION = 'kubernetes.io/enforce-mountable-secrets';
/** As Go reads a truth value. */
const TRUE: ReadonlySet<string | undefined> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);

/**
 * Why a pod may not act as the account: one that says so lets its pods use no Secrets but those that it lists.
 * Deprecated upstream, and kept to: it is a promise of confinement.
 */
export function mountableSecretsProblem(account: Stored<ServiceAccount>, spec: IPodSpec): string | undefined {
  const { name, annotations } = account.metadata;
  if (!TRUE.has(annotations?.[ANNOTATION])) return undefined;
  const mountable = new Set((account.secrets ?? []).map((secret) => secret.name));
  const without = `is not allowed because service account ${name} does not reference that secret`;
  for (const { secret } of spec.volumes ?? []) {
    const wanted = secret && (secret.secretName ?? '');
    if (wanted !== undefined && !mountable.has(wanted)) return `volume with secret.secretName="${wanted}" ${without}`;
  }
  for (const [word, containers] of [
    ['init container', spec.initContainers],
    ['container', spec.containers],
    ['ephemeral container', spec.ephemeralContainers],
  ] as const) {
    for (const container of containers ?? []) {
      for (const { name: variable, valueFrom } of container.env ?? []) {
        const wanted = valueFrom?.secretKeyRef && (valueFrom.secretKeyRef.name ?? '');
        if (wanted === undefined || mountable.has(wanted)) continue;
        return `${word} ${container.name} with envVar ${variable} referencing secret.secretName="${wanted}" ${without}`;
      }
    }
  }
  const pullable = new Set((account.imagePullSecrets ?? []).map((secret) => secret.name));
  for (const [index, { name: wanted = '' }] of (spec.imagePullSecrets ?? []).entries()) {
    if (pullable.has(wanted)) continue;
    return `imagePullSecrets[${index}].name="${wanted}" is not allowed because service account ${name} does not reference that imagePullSecret`;
  }
  return undefined;
}
