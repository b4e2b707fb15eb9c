import { describe, expect, it } from 'vitest';
import {
  addressAt,
  formatIpv4,
  formatRange,
  parseIpv4,
  parseRange,
  rangeContains,
  rangesOverlap,
  rangeSize,
} from './ipv4.ts';

describe('IPv4 addresses', () => {
  it.each([
    ['0.0.0.0', 0],
    ['10.96.0.1', 0x0a600001],
    ['255.255.255.255', 0xffffffff],
  ])('%s is the number %d, and back', (text, number) => {
    expect(parseIpv4(text)).toBe(number);
    expect(formatIpv4(number)).toBe(text);
  });

  it.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '256.0.0.1',
    '01.2.3.4',
    '1.2.3.-4',
    '1.2.3.4 ',
    '1..2.3',
    '0x1.2.3.4',
    '1.2.3.1e1',
  ])('%j is none', (text) => {
    expect(parseIpv4(text)).toBeUndefined();
  });
});

describe('IPv4 ranges', () => {
  it('begin at their network address', () => {
    expect(formatRange(parseRange('10.96.7.8/16'))).toBe('10.96.0.0/16');
    expect(formatRange(parseRange('255.255.255.255/32'))).toBe('255.255.255.255/32');
    expect(formatRange(parseRange('1.2.3.4/0'))).toBe('0.0.0.0/0');
  });

  it.each(['', '10.96.0.0', '10.96.0.0/', '10.96.0.0/33', '10.96.0.0/-1', '10.96.0.0/08', '10.96.0.0/8/8', 'x/8'])(
    '%j is none',
    (text) => {
      expect(() => parseRange(text)).toThrow(`Not an IPv4 range: ${text}`);
    },
  );

  it('know what lies in them, to the last address', () => {
    const range = parseRange('10.244.1.0/24');
    expect(rangeSize(range)).toBe(256);
    expect(addressAt(range, 255)).toBe('10.244.1.255');
    expect(rangeContains(range, parseIpv4('10.244.1.255')!)).toBe(true);
    expect(rangeContains(range, parseIpv4('10.244.2.0')!)).toBe(false);
    expect(rangeContains(range, parseIpv4('10.244.0.255')!)).toBe(false);
  });

  it.each([
    ['10.0.0.0/8', '10.96.0.0/16', true],
    ['10.96.0.0/16', '10.96.0.0/16', true],
    ['10.96.0.0/17', '10.96.128.0/17', false],
    ['0.0.0.0/0', '192.168.0.0/32', true],
  ])('%s and %s overlap: %s', (a, b, overlap) => {
    expect(rangesOverlap(parseRange(a), parseRange(b))).toBe(overlap);
    expect(rangesOverlap(parseRange(b), parseRange(a))).toBe(overlap);
  });
});
