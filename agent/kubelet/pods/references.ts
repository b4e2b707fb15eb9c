import { podSpec, type StoredPod } from './pod.ts';

export interface References {
  readonly configMaps: readonly string[];
  readonly secrets: readonly string[];
}

/** The names of all ConfigMaps and Secrets that a pod's volumes and variables need. */
export function referencesOf(pod: StoredPod): References {
  const configMaps = new Set<string>();
  const secrets = new Set<string>();
  const { containers, volumes = [] } = podSpec(pod);
  for (const { configMap, secret, projected } of volumes) {
    if (configMap?.name) configMaps.add(configMap.name);
    if (secret?.secretName) secrets.add(secret.secretName);
    for (const source of projected?.sources ?? []) {
      if (source.configMap?.name) configMaps.add(source.configMap.name);
      if (source.secret?.name) secrets.add(source.secret.name);
    }
  }
  for (const { env = [], envFrom = [] } of containers) {
    for (const { valueFrom } of env) {
      if (valueFrom?.configMapKeyRef?.name) configMaps.add(valueFrom.configMapKeyRef.name);
      if (valueFrom?.secretKeyRef?.name) secrets.add(valueFrom.secretKeyRef.name);
    }
    for (const { configMapRef, secretRef } of envFrom) {
      if (configMapRef?.name) configMaps.add(configMapRef.name);
      if (secretRef?.name) secrets.add(secretRef.name);
    }
  }
  return { configMaps: [...configMaps], secrets: [...secrets] };
}
