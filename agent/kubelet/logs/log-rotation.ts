import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { isAborted } from '#common/base/abort.ts';
import { sleep } from '#common/base/clock.ts';
import { describeError } from '#common/base/log.ts';
import type { AgentContext } from '../../base/context.ts';
import type { Runtime } from '../../cri/runtime.ts';
import { CONTAINER_NAME_LABEL, POD_NAMESPACE_LABEL, POD_NAME_LABEL, POD_UID_LABEL } from '../pods/labels.ts';
import { containerLogPath } from '../pods/containers/container-config.ts';
import type { PodDirectories } from '../pods/pod-directories.ts';
import { RESTART_COUNT } from '../pods/labels.ts';

/** The kubelet's containerLogMaxSize and containerLogMaxFiles, the present file included. */
const MAXIMUM_BYTES = 10 * 2 ** 20;
const MAXIMUM_FILES = 5;
// Nothing tells how large a log grows: the kubelet's containerLogMonitorInterval.
const LOOK_MS = 10_000;

/** Keeps the logs of running containers from filling the disk. */
export async function rotateLogs(
  runtime: Runtime,
  directories: PodDirectories,
  context: AgentContext,
  signal: AbortSignal,
): Promise<void> {
  let running: { id: string; file: string }[] = [];
  let listedAt = Number.NEGATIVE_INFINITY;
  while (!isAborted(signal)) {
    await sleep(context.clock, LOOK_MS, signal).catch(() => undefined);
    if (isAborted(signal)) return;
    try {
      // Sizes are cheap to ask for, the runtime is not: containers are listed once a minute.
      if (context.clock.monotonic() - listedAt > 60_000) {
        running = await runningLogs(runtime, directories);
        listedAt = context.clock.monotonic();
      }
      for (const { id, file } of running) {
        const size = (await stat(file).catch(() => undefined))?.size ?? 0;
        if (size > MAXIMUM_BYTES) await rotate(runtime, id, file, context.clock.now());
      }
    } catch (error) {
      context.log.warn('logs could not be rotated', { error: describeError(error) });
    }
  }
}

async function runningLogs(runtime: Runtime, directories: PodDirectories): Promise<{ id: string; file: string }[]> {
  const containers = await runtime.listContainers();
  return containers.flatMap(({ id, state, labels, annotations, metadata }) => {
    const uid = labels[POD_UID_LABEL];
    if (state !== 'CONTAINER_RUNNING' || !uid) return [];
    const pod = { uid, namespace: labels[POD_NAMESPACE_LABEL] ?? '', name: labels[POD_NAME_LABEL] ?? '' };
    const restartCount = Number(annotations[RESTART_COUNT] ?? metadata.attempt);
    const name = labels[CONTAINER_NAME_LABEL] ?? metadata.name;
    return [{ id, file: path.join(directories.logs(pod), containerLogPath(name, restartCount)) }];
  });
}

/**
 * Sets the file aside and has the runtime open a new one. Older files are compressed, except the newest: a
 * reader may still be at its end. Surplus files are removed.
 */
export async function rotate(
  runtime: Pick<Runtime, 'reopenContainerLog'>,
  containerId: string,
  file: string,
  now: number,
): Promise<void> {
  const aside = await rotatedFiles(file);
  for (const old of aside.filter((name) => !name.endsWith('.gz'))) await compress(old);
  const surplus = aside.length + 2 - MAXIMUM_FILES;
  for (const old of aside.slice(0, Math.max(0, surplus))) {
    await rm(old, { force: true });
    await rm(`${old}.gz`, { force: true });
  }
  const stamp = new Date(now).toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  const target = `${file}.${stamp}`;
  await rename(file, target);
  try {
    await runtime.reopenContainerLog(containerId);
  } catch (error) {
    // The runtime still writes to the old file: it keeps its name.
    await rename(target, file);
    throw error;
  }
}

/** `0.log.20261122-095147`, the oldest first. */
async function rotatedFiles(file: string): Promise<string[]> {
  const directory = path.dirname(file);
  const names = await readdir(directory);
  return names
    .filter((name) => name.startsWith(`${path.basename(file)}.`) && !name.endsWith('.tmp'))
    .sort()
    .map((name) => path.join(directory, name));
}

async function compress(file: string): Promise<void> {
  const temporary = `${file}.tmp`;
  await pipeline(createReadStream(file), createGzip(), createWriteStream(temporary, { mode: 0o640 }));
  await rename(temporary, `${file}.gz`);
  await rm(file);
}
