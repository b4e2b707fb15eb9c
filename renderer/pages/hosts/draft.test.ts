import { expect, it } from 'vitest';
import { hostWithSecretsSchema } from '#common/contract/host.ts';
import { hostOf, nextHost, pinned, repeated } from './draft.ts';

const filled = { ...nextHost(), address: ' one.example ', keyFile: '/keys/id', passphrase: 'p', sudoPassword: 's' };

it('begins the next machine with what the last one has, but for its address and password', () => {
  expect(nextHost(filled)).toEqual({ ...filled, key: 2, address: '', sudoPassword: '' });
});

it('sends what is filled in, and nothing else', () => {
  expect(hostWithSecretsSchema.parse(hostOf({ ...nextHost(), address: '10.0.0.7' }))).toEqual({
    address: '10.0.0.7',
    port: 22,
    user: 'root',
    secrets: {},
  });
  expect(hostOf(filled)).toEqual({
    address: 'one.example',
    port: 22,
    user: 'root',
    keyFile: '/keys/id',
    secrets: { passphrase: 'p', sudoPassword: 's' },
  });
});

it('sends no passphrase without its key', () => {
  expect(hostOf({ ...filled, keyFile: '' }).secrets).toEqual({ sudoPassword: 's' });
});

it('leaves a port that is no number to be refused by its own reason', () => {
  const { error } = hostWithSecretsSchema.safeParse(hostOf({ ...filled, port: undefined }));
  expect(error?.issues.map(({ message }) => message)).toEqual(['host-port']);
});

it('holds a host to the key that it showed, and no other host', () => {
  const host = hostWithSecretsSchema.parse(hostOf({ ...filled, port: 2222 }));
  const key = (name: string) => ({ check: 'host-key', host: name, outcome: 'ok', detail: `SHA256:${name}` }) as const;
  expect(pinned(host, [key('root@one.example'), key('root@one.example:2222')]).hostKey).toBe(
    'SHA256:root@one.example:2222',
  );
  expect(pinned(host, [key('root@one.example')])).toEqual(host);
});

it('finds machines that are named twice', () => {
  const again = { ...filled, key: 2, address: 'ONE.example' };
  expect(repeated([filled, again, { ...again, key: 3, port: 23 }, nextHost(), nextHost()])).toEqual(new Set([2]));
});
