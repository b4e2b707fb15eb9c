import { expect, test } from 'vitest';
import { lineSplitter } from './line-splitter.ts';

test('lines are whole whatever the pieces, and characters too', () => {
  const lines: string[] = [];
  const splitter = lineSplitter((line) => lines.push(line));
  const bytes = Buffer.from('one\nzwei ü\r\n\n10 %\r20 %\rlast');
  for (const byte of bytes) splitter.push(Buffer.of(byte));
  expect(lines).toEqual(['one', 'zwei ü', '10 %', '20 %']);
  splitter.end();
  expect(lines.at(-1)).toBe('last');
});

test('a line without an end is not kept without bound', () => {
  const lines: string[] = [];
  const splitter = lineSplitter((line) => lines.push(line));
  for (let count = 0; count < 100; count++) splitter.push(Buffer.alloc(10_000, 'x'));
  splitter.end();
  expect(lines).toHaveLength(1);
  expect(lines[0]!.length).toBeLessThanOrEqual(64 * 1024);
});
