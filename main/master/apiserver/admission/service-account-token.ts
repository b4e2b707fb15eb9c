import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import type { IVolume } from 'kubernetes-models/v1/Volume';
import { nameSuffix, type Random } from '#common/base/random.ts';

/** Where client libraries look for their token. */
const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const VOLUME_PREFIX = 'kube-api-access-';
/** Seven seconds more than an hour tell such tokens from those that someone asked for by hand. */
const EXPIRATION_SECONDS = 3607;
/** The authority that the API server's certificate comes from, in each namespace. */
export const ROOT_CA_CONFIG_MAP = 'kube-root-ca.crt';
const FILE_MODE = 0o644;

/** Gives every container of the pod a token, unless something else is mounted in its place. */
export function mountToken(spec: IPodSpec, random: Random): void {
  const existing = spec.volumes?.find(({ name }) => name.startsWith(VOLUME_PREFIX));
  const name = existing?.name ?? VOLUME_PREFIX + nameSuffix(random);
  let isUsed = false;
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
    if (hasMount(container)) continue;
    container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath: MOUNT_PATH }];
    isUsed = true;
  }
  if (isUsed && !existing) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
}

function hasMount(container: IContainer): boolean {
  return container.volumeMounts?.some(({ mountPath }) => mountPath === MOUNT_PATH) === true;
}

function tokenVolume(name: string): IVolume {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: EXPIRATION_SECONDS, path: 'token' } },
        { configMap: { name: ROOT_CA_CONFIG_MAP, items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
      defaultMode: FILE_MODE,
    },
  };
}
