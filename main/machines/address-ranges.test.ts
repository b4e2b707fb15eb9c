import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatRange, parseRange, rangesOverlap } from '#common/kube/ipv4.ts';
import { AppError } from '#common/base/app-error.ts';
import { chooseRange, chooseRanges, parseRoutes } from './address-ranges.ts';

test('an empty host gets the familiar ranges', () => {
  expect(chooseRanges([])).toEqual({ machines: '10.89.0.0/24', pods: '10.244.0.0/16', services: '10.96.0.0/16' });
});

test('what the host routes is left alone, whole or in part', () => {
  expect(chooseRanges(['10.89.0.0/25', '10.96.12.1', '10.244.0.0/16'])).toEqual({
    machines: '10.89.1.0/24',
    pods: '10.245.0.0/16',
    services: '10.97.0.0/16',
  });
});

test('when all of 10.0.0.0/8 is taken, other private networks serve', () => {
  expect(chooseRanges(['10.0.0.0/8'])).toEqual({
    machines: '172.30.0.0/24',
    pods: '172.24.0.0/16',
    services: '172.20.0.0/16',
  });
});

test('no free range is a clear error that says for what', () => {
  const taken = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];
  const error = catchError(() => chooseRange('machines', taken));
  expect(error).toBeInstanceOf(AppError);
  expect((error as AppError).toShape()).toEqual({ code: 'address-range-exhausted', params: { purpose: 'machines' } });
});

test('chosen ranges overlap neither what is taken nor each other, whatever is taken', () => {
  const range = fc
    .tuple(fc.nat(0xffffffff), fc.integer({ min: 9, max: 32 }))
    .map(([address, bits]) => formatRange({ first: address - (address % 2 ** (32 - bits)), bits }));
  fc.assert(
    fc.property(fc.array(range, { maxLength: 40 }), (taken) => {
      const chosen = Object.values(chooseRanges(taken)).map((text: string) => parseRange(text));
      chosen.forEach((one, index) => {
        for (const other of [...taken.map((text) => parseRange(text)), ...chosen.slice(index + 1)]) {
          expect(rangesOverlap(one, other)).toBe(false);
        }
      });
    }),
  );
});

test('routes are read from every table, default routes and the halves of a full VPN are not taken', () => {
  const json = JSON.stringify([
    { dst: 'default', gateway: '192.168.1.1', dev: 'wlan0' },
    { dst: '0.0.0.0/1', dev: 'tun0' },
    { dst: '128.0.0.0/1', dev: 'tun0' },
    { dst: '192.168.1.0/24', dev: 'wlan0' },
    { dst: '100.100.100.100', dev: 'tailscale0', table: '52' },
    { type: 'local', dst: '127.0.0.0/8', dev: 'lo', table: 'local' },
    { type: 'unreachable', dst: '10.9.0.0/16' },
  ]);
  expect(parseRoutes(json)).toEqual(['192.168.1.0/24', '100.100.100.100/32', '127.0.0.0/8', '10.9.0.0/16']);
});

test('what is no IPv4 range takes nothing', () => {
  expect(chooseRanges(['', 'default', '10.89.0.0/33', 'fd00::/8', '10.89.0'])).toEqual(chooseRanges([]));
});

function catchError(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
