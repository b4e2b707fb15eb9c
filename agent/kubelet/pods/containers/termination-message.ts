import { open } from 'node:fs/promises';
import path from 'node:path';
import { isMissing } from '../../../base/files.ts';
import { parseLogLine } from '../../logs/cri-log.ts';
import { CONTAINER_NAME_LABEL, TERMINATION_MESSAGE_POLICY, type PodIdentity } from '../labels.ts';
import type { ObservedContainer } from '../observed-pod.ts';
import type { PodDirectories } from '../pod-directories.ts';
import { restartCountOf } from '../status/container-status.ts';
import { containerLogPath } from './container-config.ts';

/** The kubelet's limits: of the message file, and of the log where it stands in for the file. */
const MESSAGE_BYTES = 4096;
const LOG_BYTES = 2048;
const LOG_LINES = 80;

/**
 * What an ended container left to say: the file at its terminationMessagePath, or the end of its log when it
 * failed without a message and its policy is FallbackToLogsOnError. Empty when it said nothing.
 */
export async function terminationMessage(
  pod: PodIdentity,
  container: ObservedContainer,
  directories: PodDirectories,
): Promise<string> {
  const name = container.labels[CONTAINER_NAME_LABEL] ?? container.metadata.name;
  const restartCount = restartCountOf(container);
  const file = directories.terminationMessage(pod.uid, name, restartCount);
  const message = (await endOfFile(file, MESSAGE_BYTES, 'start')).toString('utf8');
  if (message !== '') return message;
  const fallsBack = container.annotations[TERMINATION_MESSAGE_POLICY] === 'FallbackToLogsOnError';
  if (!fallsBack || container.exitCode === 0) return '';
  const log = path.join(directories.logs(pod), containerLogPath(name, restartCount));
  const lines = (await endOfFile(log, LOG_BYTES * 4, 'end')).toString('utf8').split('\n');
  const texts = lines.flatMap((line) => parseLogLine(line)?.text ?? []);
  return texts.slice(-LOG_LINES).join('\n').slice(-LOG_BYTES);
}

async function endOfFile(file: string, bytes: number, which: 'start' | 'end'): Promise<Buffer> {
  try {
    await using handle = await open(file);
    const { size } = await handle.stat();
    const length = Math.min(size, bytes);
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await handle.read(buffer, 0, length, which === 'start' ? 0 : size - length);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if (isMissing(error)) return Buffer.alloc(0);
    throw error;
  }
}
