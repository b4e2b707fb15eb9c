import { expect, it } from 'vitest';
import { plainLine } from './plain-line.ts';

it.each([
  ['plain\ttext 中文', 'plain\ttext 中文'],
  ['\u001b[31mred\u001b[0m', 'red'],
  ['\u001b[38;5;196mcolour\u001b[m', 'colour'],
  ['\u001b]52;c;c2VjcmV0\u0007after', 'after'],
  ['\u001b]8;;https://evil.example\u001b\\link\u001b]8;;\u001b\\', 'link'],
  ['\u001b]0;never ends', ''],
  ['50%\r', '50%'],
  ['a\u0008b\u0000c\u009bd', 'abcd'],
  ['\u001b', ''],
])('%j becomes %j', (line, plain) => {
  expect(plainLine(line)).toBe(plain);
});
