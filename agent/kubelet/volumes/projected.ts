import { chmod } from 'node:fs/promises';
import { podSpec } from '../pods/pod.ts';
import { writePayload, type Payload, type PayloadFile } from './atomic-writer.ts';
import { configMapPayload } from './config-map.ts';
import { downwardPayload } from './downward-api.ts';
import { secretPayload } from './secret.ts';
import { mountTmpfs } from './tmpfs.ts';
import { VolumeError, type VolumeContext, type VolumeSpec, type VolumeType } from './volume.ts';

type Projected = NonNullable<VolumeSpec['projected']>;
type Source = NonNullable<Projected['sources']>[number];

/** Several sources as files of one directory in memory: tokens, ConfigMaps, Secrets, and the pod itself. */
export const projectedVolume: VolumeType<Projected> = {
  directoryName: 'kubernetes.io~projected',
  source: (volume) => volume.projected,
  async setUp(directory, source, context) {
    const payload = await projectedPayload(source, context);
    await mountTmpfs(directory);
    await chmod(directory, 0o755);
    await writePayload(directory, payload, context.gid);
  },
};

/** The files of all sources. Throws with everything that keeps one of them from being had. */
export async function projectedPayload(
  { sources = [], defaultMode = 0o644 }: Projected,
  context: VolumeContext,
): Promise<Payload> {
  const files = new Map<string, PayloadFile>();
  const problems: string[] = [];
  for (const source of sources) {
    try {
      for (const [path, file] of await sourcePayload(source, defaultMode, context)) files.set(path, file);
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  if (problems.length > 0) throw new VolumeError(problems.length === 1 ? problems[0] : `[${problems.join(', ')}]`);
  return files;
}

async function sourcePayload(source: Source, defaultMode: number, context: VolumeContext): Promise<Payload> {
  const { configMap, secret, downwardAPI, serviceAccountToken } = source;
  if (configMap) return configMapPayload(configMap.name ?? '', { ...configMap, defaultMode }, context);
  if (secret) return secretPayload(secret.name ?? '', { ...secret, defaultMode }, context);
  if (downwardAPI) return downwardPayload(downwardAPI.items ?? [], defaultMode, context);
  if (!serviceAccountToken) throw new VolumeError('a projected source is of a type that is not supported');
  const { path, audience, expirationSeconds = 3600 } = serviceAccountToken;
  const token = await context.token({ expirationSeconds, ...(audience ? { audience } : {}) });
  const uid = commonUser(context);
  // For the pod's own user or group alone, where there is one; containers may else run as anyone.
  const mode = uid === undefined && context.gid === undefined ? defaultMode : 0o600;
  return new Map([[path, { data: Buffer.from(token, 'utf8'), mode, ...(uid === undefined ? {} : { uid }) }]]);
}

/** The one user that all containers run as, if that is known. */
function commonUser({ pod }: VolumeContext): number | undefined {
  const { containers, initContainers = [], securityContext } = podSpec(pod);
  const users = new Set(
    [...containers, ...initContainers].map((one) => one.securityContext?.runAsUser ?? securityContext?.runAsUser),
  );
  return users.size === 1 ? [...users][0] : undefined;
}
