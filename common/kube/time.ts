const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

export class TimeError extends Error {
  override readonly name = 'TimeError';

  /** In Go's words; `outOfRange` is the part that no such time has. */
  constructor(text: string, outOfRange?: string) {
    super(
      outOfRange === undefined
        ? `parsing time "${text}" as "2006-01-02T15:04:05Z07:00": cannot parse "${text}" as "2006"`
        : `parsing time "${text}": ${outOfRange} out of range`,
    );
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
  const parts = RFC3339.exec(text);
  if (!parts) throw new TimeError(text);
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  // Date.parse takes the 30th of February for the 1st of March, and 24:00 for the next day.
  if (month < 1 || month > 12) throw new TimeError(text, 'month');
  if (day < 1 || day > daysOf(year, month)) throw new TimeError(text, 'day');
  if (hour > 23) throw new TimeError(text, 'hour');
  if (minute > 59) throw new TimeError(text, 'minute');
  if (second > 59) throw new TimeError(text, 'second');
  const date = new Date(text);
  const inUtc = Number.isNaN(date.getTime()) ? '' : date.toISOString();
  // Years of more than four digits, which only a time zone can make, are written with a sign.
  if (!/^\d{4}-/.test(inUtc)) throw new TimeError(text);
  if (format === 'date-time') return `${inUtc.slice(0, 19)}Z`;
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? '';
  return `${inUtc.slice(0, 19)}.${fraction.padEnd(6, '0').slice(0, 6)}Z`;
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** Milliseconds since the epoch of a text that the API gave. */
export function timeMs(text: string): number {
  return Date.parse(text);
}
