import { stat } from 'node:fs/promises';
import type { Clock } from '#common/base/clock.ts';
import { describeError, type Log } from '#common/base/log.ts';
import {
  CPU_PERIOD_US,
  cpuQuota,
  cpuShares,
  memoryBytes,
  milliCpu,
  qosClassOf,
  type QosClass,
} from '../pods/containers/resources.ts';
import { podSpec, type ContainerSpec, type StoredPod } from '../pods/pod.ts';
import type { CgroupFiles, CgroupLimits } from './cgroup-files.ts';
import { cgroupsV1 } from './v1.ts';
import { cgroupsV2 } from './v2.ts';

const ROOT = '/kubepods';
const MOUNT = '/sys/fs/cgroup';
const PARENTS: Readonly<Record<QosClass, string>> = {
  Guaranteed: ROOT,
  Burstable: `${ROOT}/burstable`,
  BestEffort: `${ROOT}/besteffort`,
};

/** The groups that pods run in, by quality of service (kubelet's cgroupfs layout): /kubepods[/qos]/pod<uid>. */
export class PodCgroups {
  readonly #files: CgroupFiles;
  #weighing: Promise<void> = Promise.resolve();

  private constructor(files: CgroupFiles) {
    this.#files = files;
  }

  /** Makes the upper groups: pods together never take more than `capacity`. */
  static async open(
    capacity: { readonly cpus: number; readonly memoryBytes: number },
    clock: Clock,
  ): Promise<PodCgroups> {
    const files = await openFiles(clock);
    await files.apply(ROOT, { cpuShares: cpuShares(capacity.cpus * 1000), memoryBytes: capacity.memoryBytes });
    await files.apply(PARENTS.Burstable, {});
    await files.apply(PARENTS.BestEffort, { cpuShares: cpuShares(0) });
    return new PodCgroups(files);
  }

  get version(): 1 | 2 {
    return this.#files.version;
  }

  /** Makes the pod's group; returns its path, for the runtime. */
  async ensure(pod: StoredPod): Promise<string> {
    const place = `${PARENTS[qosClassOf(pod.status)]}/pod${pod.metadata.uid}`;
    await this.#files.apply(place, podLimits(podSpec(pod).containers));
    return place;
  }

  /** The burstable pods compete with the guaranteed ones by the sum of what they asked for. */
  weighBurstable(pods: readonly StoredPod[], log: Log): void {
    const total = pods
      .filter((pod) => qosClassOf(pod.status) === 'Burstable')
      .flatMap((pod) => podSpec(pod).containers)
      .reduce((sum, container) => sum + (milliCpu(container, 'requests') ?? 0), 0);
    // One after the other, so that the last one stays.
    this.#weighing = this.#weighing
      .then(() => this.#files.apply(PARENTS.Burstable, { cpuShares: cpuShares(total) }))
      .catch((error: unknown) => log.warn('burstable pods have no weight', { error: describeError(error) }));
  }

  async remove(uid: string): Promise<void> {
    for (const parent of Object.values(PARENTS)) await this.#files.remove(`${parent}/pod${uid}`);
  }

  /** The uids of all pods that have a group. */
  async listUids(): Promise<string[]> {
    const names = await Promise.all(Object.values(PARENTS).map((parent) => this.#files.children(parent)));
    return names
      .flat()
      .filter((name) => name.startsWith('pod'))
      .map((name) => name.slice('pod'.length));
  }
}

/** Removes the groups of all pods, and those above them; nothing may run in them any more. */
export async function removeAllPodCgroups(clock: Clock): Promise<void> {
  await (await openFiles(clock)).remove(ROOT);
}

async function openFiles(clock: Clock): Promise<CgroupFiles> {
  const unified = await stat(`${MOUNT}/cgroup.controllers`).catch(() => undefined);
  return unified ? cgroupsV2(MOUNT, clock) : cgroupsV1(MOUNT, clock);
}

/** What a pod's containers may take together; a limit holds only when every container has one. */
export function podLimits(containers: readonly ContainerSpec[]): CgroupLimits {
  const requests = containers.reduce(
    (sum, container) => sum + (milliCpu(container, 'requests') ?? milliCpu(container, 'limits') ?? 0),
    0,
  );
  const cpuLimit = sumIfAll(containers.map((container) => milliCpu(container, 'limits')));
  const memoryLimit = sumIfAll(containers.map((container) => memoryBytes(container, 'limits')));
  return {
    cpuShares: cpuShares(requests),
    ...(cpuLimit === undefined ? {} : { cpuQuotaUs: cpuQuota(cpuLimit), cpuPeriodUs: CPU_PERIOD_US }),
    ...(memoryLimit === undefined ? {} : { memoryBytes: memoryLimit }),
  };
}

function sumIfAll(values: readonly (number | undefined)[]): number | undefined {
  let sum = 0;
  for (const value of values) {
    if (!value) return undefined;
    sum += value;
  }
  return sum;
}
