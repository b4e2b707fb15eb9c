const LONGEST_LINE = 64 * 1024;

/** Cuts output into lines, at newlines and at the carriage returns of progress bars; empty ones are left out. */
export function lineSplitter(onLine: (line: string) => void): { push(chunk: Buffer): void; end(): void } {
  const decoder = new TextDecoder();
  let rest = '';
  const emit = (text: string): void => {
    const parts = (rest + text).split(/[\r\n]+/);
    // A line without an end would grow without bound: its last part is kept.
    rest = (parts.pop() ?? '').slice(-LONGEST_LINE);
    for (const line of parts) if (line !== '') onLine(line);
  };
  return {
    push: (chunk) => emit(decoder.decode(chunk, { stream: true })),
    end: () => {
      emit(decoder.decode());
      if (rest !== '') onLine(rest);
      rest = '';
    },
  };
}
