export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Where a component tells what it does. Never given secrets; fields are plain values. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same log with `fields` on every line. */
  with(fields: LogFields): Log;
}

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** A log that hands each line, already formatted, to `write`. */
export function lineLog(write: (line: string) => void, minimum: LogLevel = 'info', fixed: LogFields = {}): Log {
  const order: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
  const emit = (level: LogLevel, message: string, fields: LogFields = {}): void => {
    if (order.indexOf(level) < order.indexOf(minimum)) return;
    const pairs = Object.entries({ ...fixed, ...fields })
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => ` ${key}=${typeof value === 'string' ? JSON.stringify(value) : String(value)}`);
    write(`${new Date().toISOString()} ${level.toUpperCase()} ${message}${pairs.join('')}`);
  };
  return {
    debug: (message, fields) => emit('debug', message, fields),
    info: (message, fields) => emit('info', message, fields),
    warn: (message, fields) => emit('warn', message, fields),
    error: (message, fields) => emit('error', message, fields),
    with: (fields) => lineLog(write, minimum, { ...fixed, ...fields }),
  };
}

/** Each line to both. */
export function bothLogs(one: Log, other: Log): Log {
  const both =
    (level: LogLevel) =>
    (message: string, fields?: LogFields): void => {
      one[level](message, fields);
      other[level](message, fields);
    };
  return {
    debug: both('debug'),
    info: both('info'),
    warn: both('warn'),
    error: both('error'),
    with: (fields) => bothLogs(one.with(fields), other.with(fields)),
  };
}

export const silentLog: Log = lineLog(() => undefined);

/** One line that tells what went wrong, for a log. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `: ${describeError(error.cause)}`;
  return `${error.name === 'Error' ? '' : `${error.name}: `}${error.message}${cause}`;
}
