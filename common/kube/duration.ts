const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** An age as kubectl prints it: two units where the first is small (apimachinery pkg/util/duration). */
export function humanDuration(milliseconds: number): string {
  // Clocks differ a little: born less than two seconds from now is new.
  if (milliseconds <= -2000) return '<invalid>';
  const time = Math.max(0, milliseconds);
  const whole = (unit: number): number => Math.floor(time / unit);
  if (time < 2 * MINUTE) return `${whole(SECOND)}s`;
  if (time < 10 * MINUTE) return two(whole(MINUTE), 'm', Math.floor((time % MINUTE) / SECOND), 's');
  if (time < 3 * HOUR) return `${whole(MINUTE)}m`;
  if (time < 8 * HOUR) return two(whole(HOUR), 'h', Math.floor((time % HOUR) / MINUTE), 'm');
  if (time < 2 * DAY) return `${whole(HOUR)}h`;
  if (time < 8 * DAY) return two(whole(DAY), 'd', Math.floor((time % DAY) / HOUR), 'h');
  if (time < 2 * YEAR) return `${whole(DAY)}d`;
  if (time < 8 * YEAR) return two(whole(YEAR), 'y', Math.floor((time % YEAR) / DAY), 'd');
  return `${whole(YEAR)}y`;
}

function two(first: number, unit: string, second: number, smaller: string): string {
  return second === 0 ? `${first}${unit}` : `${first}${unit}${second}${smaller}`;
}

/** The age cell of a table: `<unknown>` without a time. */
export function ageText(since: string | undefined, now: number): string {
  return since === undefined ? '<unknown>' : humanDuration(now - Date.parse(since));
}
