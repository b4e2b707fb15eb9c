import { describe, expect, it } from 'vitest';
import { microTimeText, parseTime, TimeError, timeText } from './time.ts';

describe('times', () => {
  it('are written in UTC, in seconds or with six digits', () => {
    const at = Date.UTC(2030, 0, 2, 3, 4, 5, 678);
    expect(timeText(at)).toBe('2030-01-02T03:04:05Z');
    expect(microTimeText(at)).toBe('2030-01-02T03:04:05.678000Z');
    expect(microTimeText(at + 0.25)).toBe('2030-01-02T03:04:05.678250Z');
  });

  it.each([
    ['2030-01-02T03:04:05Z', '2030-01-02T03:04:05Z', '2030-01-02T03:04:05.000000Z'],
    ['2030-01-02T03:04:05.123456789Z', '2030-01-02T03:04:05Z', '2030-01-02T03:04:05.123456Z'],
    ['2030-01-01T23:30:00-01:00', '2030-01-02T00:30:00Z', '2030-01-02T00:30:00.000000Z'],
    ['2028-02-29T00:00:00Z', '2028-02-29T00:00:00Z', '2028-02-29T00:00:00.000000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000000Z'],
  ])('%s is stored as %s or %s', (text, seconds, micros) => {
    expect(parseTime(text, 'date-time')).toBe(seconds);
    expect(parseTime(text, 'micro-time')).toBe(micros);
  });

  it.each([
    ['2030-02-30T00:00:00Z', 'parsing time "2030-02-30T00:00:00Z": day out of range'],
    ['2029-02-29T00:00:00Z', 'parsing time "2029-02-29T00:00:00Z": day out of range'],
    ['2030-13-01T00:00:00Z', 'parsing time "2030-13-01T00:00:00Z": month out of range'],
    ['2030-01-01T24:00:00Z', 'parsing time "2030-01-01T24:00:00Z": hour out of range'],
    ['2030-01-01T00:60:00Z', 'parsing time "2030-01-01T00:60:00Z": minute out of range'],
    ['2030-01-01T00:00:60Z', 'parsing time "2030-01-01T00:00:60Z": second out of range'],
    ['2030-01-01', 'cannot parse "2030-01-01" as "2006"'],
    ['2030-01-01T00:00:00', 'cannot parse'],
    ['9999-12-31T23:59:59-01:00', 'cannot parse'],
    ['', 'cannot parse "" as "2006"'],
  ])('%j is none', (text, message) => {
    expect(() => parseTime(text, 'date-time')).toThrow(TimeError);
    expect(() => parseTime(text, 'date-time')).toThrow(message);
  });
});
