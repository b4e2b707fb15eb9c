import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quoteArgument, quoteCommand } from './shell-quote.ts';

test('plain words stay readable', () => {
  expect(quoteCommand(['ctr', '-n', 'k8s.io', '--x=a b', ''])).toBe("ctr -n k8s.io '--x=a b' ''");
});

test('a real shell gives back exactly what was quoted', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.constantFrom("'", "a'b'", '$(reboot)', '`id`', '\n', '\\', '"', '!', '~', '*', '&&', '-n', 'é', '='),
          fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0') && text.isWellFormed()),
        ),
        { maxLength: 8 },
      ),
      (argv) => {
        const script = `for word in ${quoteCommand(argv)}; do printf '%s\\0' "$word"; done`;
        const printed = execFileSync('sh', ['-c', script], { encoding: 'utf8' });
        expect(printed.split('\0').slice(0, -1)).toEqual(argv);
      },
    ),
    { numRuns: 60 },
  );
});

test('NUL is refused', () => {
  expect(() => quoteArgument('a\0b')).toThrow(RangeError);
});
