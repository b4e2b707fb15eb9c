import path from 'node:path';
import { sleep, type Clock } from '#common/base/clock.ts';
import { RuntimeError, type Runtime } from '../../cri/runtime.ts';
import type { LogOptions } from '../logs/log-options.ts';
import { readLog } from '../logs/read-log.ts';
import { containerLogPath } from '../pods/containers/container-config.ts';
import type { PodDirectories } from '../pods/pod-directories.ts';
import { podIdentity, podSpec, type ContainerStatusEntry, type StoredPod } from '../pods/pod.ts';
import { restartCountOf } from '../pods/status/container-status.ts';
import type { RuntimeMonitor } from '../runtime/monitor.ts';
import { HttpError } from './http-error.ts';

export interface ContainerLogParts {
  readonly runtime: Runtime;
  readonly monitor: RuntimeMonitor;
  readonly directories: PodDirectories;
  readonly clock: Clock;
}

/** The log of a container of this node. Throws `HttpError` with the kubelet's words when there is none. */
export async function containerLog(
  parts: ContainerLogParts,
  pod: StoredPod,
  container: string,
  options: LogOptions,
  signal: AbortSignal,
): Promise<AsyncIterable<Buffer>> {
  if (!podSpec(pod).containers.some(({ name }) => name === container)) {
    throw new HttpError(404, `container "${container}" not found in pod "${pod.metadata.name}"`);
  }
  const status = pod.status?.containerStatuses?.find(({ name }) => name === container);
  const id = containerWithLog(pod.metadata.name, container, status, options.previous).replace(/^[a-z]+:\/\//, '');
  const found = await parts.runtime.containerStatus(id);
  const file = path.join(parts.directories.logs(podIdentity(pod)), containerLogPath(container, restartCountOf(found)));
  const isRunning = async (): Promise<boolean> => {
    try {
      return (await parts.runtime.containerStatus(id)).state === 'CONTAINER_RUNNING';
    } catch (error) {
      // Removed with its pod while its log is being read: the log ends like any other.
      if (error instanceof RuntimeError && error.kind === 'not-found') return false;
      throw error;
    }
  };
  const onExit = (listener: () => void): Disposable =>
    parts.monitor.subscribe({
      exited: (exited) => {
        if (exited === id) void ended(isRunning, parts.clock, signal).then(listener);
      },
    });
  return readLog({ file, isRunning, onExit }, options, parts.clock, signal);
}

/** The runtime's state follows its events a little later, when the last of the output is in the file. */
async function ended(isRunning: () => Promise<boolean>, clock: Clock, signal: AbortSignal): Promise<void> {
  try {
    for (let delay = 10; await isRunning(); delay = Math.min(1000, delay * 2)) await sleep(clock, delay, signal);
  } catch {
    // The reader has gone, or the container: there is nothing to wait for.
  }
}

/** Which container's log is meant (kubelet's validateContainerLogStatus). */
export function containerWithLog(
  pod: string,
  container: string,
  status: ContainerStatusEntry | undefined,
  previous: boolean,
): string {
  const last = status?.lastState?.terminated?.containerID;
  if (previous) {
    if (last) return last;
    throw new HttpError(400, `previous terminated container "${container}" in pod "${pod}" not found`);
  }
  const { running, terminated, waiting } = status?.state ?? {};
  if (running && status?.containerID) return status.containerID;
  if (terminated?.containerID) return terminated.containerID;
  if (last) return last;
  const reasons: Readonly<Record<string, string>> = {
    ErrImagePull: "image can't be pulled",
    ImagePullBackOff: 'trying and failing to pull image',
  };
  const reason = waiting?.reason ?? 'ContainerCreating';
  throw new HttpError(
    400,
    `container "${container}" in pod "${pod}" is waiting to start: ${reasons[reason] ?? reason}`,
  );
}
