import type { Clock } from '#common/base/clock.ts';
import { lines } from '#common/client/https/lines.ts';
import { onApi } from './api-errors.ts';

export interface LogRequest {
  readonly namespace: string;
  readonly name: string;
  readonly container: string;
  readonly tailLines: number;
}

/** Opens what a container writes, from some lines back and on. */
export type LogReader = (request: LogRequest, signal: AbortSignal) => Promise<AsyncIterable<Buffer>>;

/** Lines that come close together go to the window in one event. */
const GATHER_MS = 50;
const EVENT_LINES = 500;

/** Streams a container's log until it ends or the window closes it. */
export async function followLogs(
  read: LogReader,
  request: LogRequest,
  clock: Clock,
  emit: (event: { lines: string[] }) => void,
  signal: AbortSignal,
): Promise<void> {
  let waiting: string[] = [];
  let timer: Disposable | undefined;
  const flush = (): void => {
    timer?.[Symbol.dispose]();
    timer = undefined;
    if (waiting.length === 0 || signal.aborted) return;
    const batch = waiting;
    waiting = [];
    emit({ lines: batch });
  };
  // The first event is the current state, also when nothing was written yet.
  emit({ lines: [] });
  try {
    const stream = await onApi(request.name, () => read(request, signal));
    for await (const line of lines(stream)) {
      waiting.push(line);
      if (waiting.length >= EVENT_LINES) flush();
      else timer ??= clock.after(GATHER_MS, flush);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    flush();
  }
}
