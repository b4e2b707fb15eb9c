import { expect, it } from 'vitest';
import { describeError, lineLog } from './log.ts';

const lines: string[] = [];
const withoutTime = (): string[] => lines.splice(0).map((line) => line.slice(line.indexOf(' ') + 1));

it('writes one line per message, however many its values have', () => {
  const log = lineLog((line) => lines.push(line));
  log.info('started', { port: 80, path: 'a "b"\nINFO forged', ready: true, missing: undefined });
  expect(withoutTime()).toEqual(['INFO started port=80 path="a \\"b\\"\\nINFO forged" ready=true']);
});

it('leaves out what is below its level, also in the logs made from it', () => {
  const log = lineLog((line) => lines.push(line), 'warn').with({ part: 'x' });
  log.debug('no');
  log.info('no');
  log.warn('yes', { n: 1 });
  log.with({ n: 2 }).error('too');
  expect(withoutTime()).toEqual(['WARN yes part="x" n=1', 'ERROR too part="x" n=2']);
});

it('tells the whole chain of causes', () => {
  const inner = new RangeError('too far');
  expect(describeError(new Error('outer', { cause: inner }))).toBe('outer: RangeError: too far');
  expect(describeError('text')).toBe('text');
});
