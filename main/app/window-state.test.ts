import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firstSize, readWindowState, writeWindowState } from './window-state.ts';

let directory: string;
let file: string;
const screens = [{ x: 0, y: 0, width: 1_920, height: 1_080 }];
const state = { x: 100, y: 100, width: 1_000, height: 700, maximized: false };

beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'pilothouse-window-'));
  file = path.join(directory, 'window.json');
});
afterAll(() => rmSync(directory, { recursive: true }));

it('finds the window where it was left', () => {
  writeWindowState(file, state);
  expect(readWindowState(file, screens)).toEqual(state);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('forgets a place on a screen that is gone', () => {
  writeWindowState(file, { ...state, x: 5_000 });
  expect(readWindowState(file, screens)).toBeUndefined();
});

it.each(['', '{', '{"x":1}', '{"x":0,"y":0,"width":10,"height":10,"maximized":false}'])(
  'survives a file that says %j',
  (text) => {
    writeFileSync(file, text);
    expect(readWindowState(file, screens)).toBeUndefined();
  },
);

it('does without a place to write to', () => {
  writeWindowState(path.join(directory, 'none/window.json'), state);
  expect(() => readFileSync(path.join(directory, 'none/window.json'))).toThrow();
});

describe('the first size', () => {
  it.each([
    [
      { width: 3_840, height: 2_160 },
      { width: 1_280, height: 800 },
    ],
    [
      { width: 1_366, height: 728 },
      { width: 1_093, height: 600 },
    ],
    [
      { width: 800, height: 500 },
      { width: 900, height: 600 },
    ],
  ])('on %j is %j', (workArea, size) => {
    expect(firstSize(workArea)).toEqual(size);
  });
});
