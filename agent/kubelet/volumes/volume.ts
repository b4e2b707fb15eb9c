import type { Stored } from '#common/kube/object.ts';
import type { ConfigMap, Secret } from '#common/kube/resources.ts';
import type { TokenWish } from '../tokens/token-manager.ts';
import type { PodSpec, StoredPod } from '../pods/pod.ts';

export type VolumeSpec = NonNullable<PodSpec['volumes']>[number];

export interface VolumeContext {
  readonly pod: StoredPod;
  /** The pod's fsGroup: who may write besides the owner. */
  readonly gid: number | undefined;
  /** Nothing when there is no such object in the pod's namespace. */
  readonly configMap: (name: string) => Stored<ConfigMap> | undefined;
  readonly secret: (name: string) => Stored<Secret> | undefined;
  /** A token of the pod's service account, bound to the pod. */
  readonly token: (wish: TokenWish) => Promise<string>;
  /** Node.status.allocatable. */
  readonly allocatable: Readonly<Record<string, string>>;
}

/** A volume that cannot be set up now: told as a FailedMount event, and tried again. */
export class VolumeError extends Error {
  override readonly name = 'VolumeError';
}

/**
 * One type of volume. `setUp` makes the volume's directory what the pod is to see; it is called again at every
 * sync, so it has to be idempotent, and brings later changes of its sources. Mounts below the directory are
 * taken down by the caller.
 */
export interface VolumeType<Source> {
  readonly directoryName: string;
  source(volume: VolumeSpec): Source | undefined;
  setUp(directory: string, source: Source, context: VolumeContext): Promise<void>;
}
