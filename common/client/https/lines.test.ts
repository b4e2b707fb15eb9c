import { expect, it } from 'vitest';
import { lines } from './lines.ts';

async function read(...chunks: readonly (string | Buffer)[]): Promise<string[]> {
  async function* stream(): AsyncGenerator<Buffer> {
    for (const chunk of chunks) yield Promise.resolve(Buffer.from(chunk));
  }
  return Array.fromAsync(lines(stream()));
}

it('finds the lines, however they are cut', async () => {
  expect(await read('a\nb\n')).toEqual(['a', 'b']);
  expect(await read('a', 'b\nc', '\n', '\n', 'd', 'e', 'f\n')).toEqual(['ab', 'c', 'def']);
  expect(await read('no end')).toEqual(['no end']);
  expect(await read()).toEqual([]);
  expect(await read('', '\n\n')).toEqual([]);
});

it('does not tear letters of several bytes', async () => {
  const bytes = Buffer.from('é中🙂\nü\n');
  for (let cut = 0; cut <= bytes.length; cut++) {
    expect(await read(bytes.subarray(0, cut), bytes.subarray(cut))).toEqual(['é中🙂', 'ü']);
  }
});
