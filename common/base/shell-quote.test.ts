import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quoteArgument, quoteCommand } from './shell-quote.ts';

test('plain words stay readable', () => {
  expect(quoteCommand(['ctr', '-n', 'k8s.io', '--x=a b', ''])).toBe("ctr -n k8s.io '--x=a b' ''");
});

test('a real shell gives back exactly what was quoted', () => {
  const word = fc.oneof(
    fc.constantFrom("'", "a'b'", '$(reboot)', '`id`', '\n', '\\', '"', '!', '~', '*', '&&', '-n', 'é', '='),
    fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0') && text.isWellFormed()),
  );
  const argv = fc.sample(word, { seed: 1, numRuns: 500 });
  const script = `for word in ${quoteCommand(argv)}; do printf '%s\\0' "$word"; done`;
  const printed = execFileSync('sh', { input: script, encoding: 'utf8' });
  expect(printed.split('\0').slice(0, -1)).toEqual(argv);
});

test('NUL is refused', () => {
  expect(() => quoteArgument('a\0b')).toThrow(RangeError);
});
