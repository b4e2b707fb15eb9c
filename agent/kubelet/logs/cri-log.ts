/** One line of a CRI log file: `2026-11-22T09:51:47.693554209Z stdout F text`. */
export interface LogLine {
  /** RFC 3339 with nanoseconds. */
  readonly time: string;
  readonly stream: 'stdout' | 'stderr';
  /** The text goes on in the next line of the same stream. */
  readonly partial: boolean;
  readonly text: string;
}

/** Reads a line without its end; nothing when it is not a log line (a file may be cut off). */
export function parseLogLine(line: string): LogLine | undefined {
  const first = line.indexOf(' ');
  const second = line.indexOf(' ', first + 1);
  if (first < 0 || second < 0) return undefined;
  const third = line.indexOf(' ', second + 1);
  const stream = line.slice(first + 1, second);
  if (stream !== 'stdout' && stream !== 'stderr') return undefined;
  // Tags are separated by colons; the first tells whether the line is whole.
  const tags = third < 0 ? line.slice(second + 1) : line.slice(second + 1, third);
  return {
    time: line.slice(0, first),
    stream,
    partial: tags.split(':', 1)[0] === 'P',
    text: third < 0 ? '' : line.slice(third + 1),
  };
}
