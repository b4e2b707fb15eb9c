import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Progress } from '../provider.ts';
import { SpinnerReader } from './spinner.ts';

const ESC = '\u001b';
const CLEAR = `${ESC}[2K${ESC}[0A${ESC}[0E`;
const spin = (message: string): string => `${CLEAR}${message}  \b|\b/\b-\b\\\b|\b ${CLEAR}`;
const PAINTED = [
  spin('Creating n1'),
  '\rRetrieving image: 7%\rRetrieving image: 100%',
  spin('Verifying image: '),
  spin('Waiting for initialization to complete'),
  'Launched: n1\n',
].join('');

function read(chunks: readonly string[]): Progress[] {
  const heard: Progress[] = [];
  const reader = new SpinnerReader((progress) => heard.push(progress));
  for (const chunk of chunks) reader.read(chunk);
  return heard;
}

test('what is painted over and over is told once, with its percentages', () => {
  expect(read([PAINTED])).toEqual([
    { line: 'Creating n1' },
    { line: 'Retrieving image: 7%', fraction: 0.07 },
    { line: 'Retrieving image: 100%', fraction: 1 },
    { line: 'Verifying image:' },
    { line: 'Waiting for initialization to complete' },
    { line: 'Launched: n1' },
  ]);
});

test('wherever the stream is cut, the last message is the same and no control sequence comes through', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(PAINTED.length)), (cuts) => {
      const places = [0, ...cuts.sort((left, right) => left - right), PAINTED.length];
      const chunks = places.slice(1).map((end, index) => PAINTED.slice(places[index], end));
      const heard = read(chunks);
      expect(heard.at(-1)).toEqual({ line: 'Launched: n1' });
      for (const { line } of heard) expect(line).toMatch(/^[ -~]+$/);
    }),
  );
});

test('a flood without an end of line is not kept', () => {
  const heard = read(Array.from({ length: 100 }, () => 'x'.repeat(10_000)));
  expect(Math.max(...heard.map(({ line }) => line.length))).toBeLessThan(1_000);
});
