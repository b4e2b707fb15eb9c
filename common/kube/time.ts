const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

export class TimeError extends Error {
  override readonly name = 'TimeError';

  constructor(text: string) {
    super(`parsing time "${text}" as "2006-01-02T15:04:05Z07:00": cannot parse "${text}" as "2006"`);
  }
}

/** metav1.Time: seconds, in UTC. */
export function timeText(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** metav1.MicroTime: always six digits after the point. */
export function microTimeText(milliseconds: number): string {
  const date = new Date(milliseconds).toISOString();
  const micros = Math.floor((milliseconds - Math.floor(milliseconds)) * 1000);
  return `${date.slice(0, 23)}${String(micros).padStart(3, '0')}Z`;
}

/** Checks an RFC 3339 text and writes it as the API stores it; throws `TimeError`. */
export function parseTime(text: string, format: 'date-time' | 'micro-time'): string {
  const milliseconds = RFC3339.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(milliseconds)) throw new TimeError(text);
  if (format === 'date-time') return timeText(milliseconds);
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? '';
  return `${new Date(milliseconds).toISOString().slice(0, 19)}.${fraction.padEnd(6, '0').slice(0, 6)}Z`;
}

/** Milliseconds since the epoch of a text that the API gave. */
export function timeMs(text: string): number {
  return Date.parse(text);
}
