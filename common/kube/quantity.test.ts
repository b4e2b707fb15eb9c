import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalQuantity, compareQuantities, milliValue, parseQuantity, quantityValue } from './quantity.ts';

describe('quantities', () => {
  it.each([
    ['0', '0'],
    ['1', '1'],
    [1, '1'],
    ['1000m', '1'],
    ['0.5', '500m'],
    ['1.5', '1500m'],
    ['.5', '500m'],
    ['5.', '5'],
    ['+7', '7'],
    ['-1.5Gi', '-1536Mi'],
    ['1024', '1024'],
    ['1024Mi', '1Gi'],
    ['1Ki', '1Ki'],
    ['0.5Ki', '512'],
    ['1.5Gi', '1536Mi'],
    ['1000k', '1M'],
    ['1e3', '1e3'],
    ['12e6', '12e6'],
    ['1E', '1E'],
    ['100n', '100n'],
    ['0.1n', '1n'],
    ['1000000', '1M'],
    ['128974848', '128974848'],
    ['123Mi', '123Mi'],
  ])('writes %s as %s', (text, canonical) => {
    expect(canonicalQuantity(text)).toBe(canonical);
  });

  it.each(['', 'Mi', '1 Mi', '1mi', '1.5.5', '0x10', 'NaN', '1Kii', '--1', '1e', '١'])('refuses %j', (text) => {
    expect(() => parseQuantity(text)).toThrow('quantities must match the regular expression');
  });

  it('caps what does not fit in 63 bits', () => {
    expect(quantityValue(parseQuantity('100000E'))).toBe(2 ** 63);
    expect(canonicalQuantity('1e99999')).toBe(canonicalQuantity('9223372036854775807e0'));
  });

  it('rounds up to whole units and thousandths', () => {
    expect(quantityValue(parseQuantity('1.1'))).toBe(2);
    expect(milliValue(parseQuantity('0.1004'))).toBe(101);
    expect(milliValue(parseQuantity('2'))).toBe(2000);
  });

  it('keeps the value through its canonical text', () => {
    const suffix = fc.constantFrom('n', 'u', 'm', '', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e3', 'E-2');
    fc.assert(
      fc.property(fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.nat(999), suffix, (whole, part, unit) => {
        const quantity = parseQuantity(`${whole}.${part}${unit}`);
        const again = parseQuantity(canonicalQuantity(`${whole}.${part}${unit}`));
        // A binary suffix holds whole bytes only: more than 1 Ki loses its fraction upwards.
        if (/i$/.test(unit)) expect(Math.abs(quantityValue(again))).toBe(Math.abs(quantityValue(quantity)));
        else expect(compareQuantities(quantity, again)).toBe(0);
        expect(canonicalQuantity(canonicalQuantity(`${whole}.${part}${unit}`))).toBe(
          canonicalQuantity(`${whole}.${part}${unit}`),
        );
      }),
    );
  });
});
