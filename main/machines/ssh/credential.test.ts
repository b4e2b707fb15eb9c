import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Host } from '#common/contract/host.ts';
import { generateSshKeyPair } from '../../install/ssh-key.ts';
import { isEncrypted, readCredential } from './credential.ts';

const directory = mkdtempSync(path.join(tmpdir(), 'credential-'));
afterAll(() => rmSync(directory, { recursive: true }));

const hostWith = (keyFile?: string): Host => ({
  address: 'box',
  port: 22,
  user: 'me',
  ...(keyFile === undefined ? {} : { keyFile }),
});

function keyFile(name: string, passphrase: string, ...options: string[]): string {
  const file = path.join(directory, name);
  execFileSync('ssh-keygen', ['-q', '-N', passphrase, '-f', file, ...options]);
  return file;
}

test.each([
  ['ed25519', ['-t', 'ed25519']],
  ['rsa', ['-t', 'rsa', '-b', '2048']],
  ['rsa-pem', ['-t', 'rsa', '-b', '2048', '-m', 'PEM']],
  ['ecdsa', ['-t', 'ecdsa']],
])('a key made by OpenSSH, %s, is read, behind a passphrase only with that', async (name, options) => {
  const plain = keyFile(name, '', ...options);
  expect(await readCredential(hostWith(plain), {}, undefined)).toEqual({ privateKey: readFileSync(plain, 'utf8') });
  const locked = keyFile(`${name}-locked`, 'sesame', ...options);
  expect(isEncrypted(readFileSync(plain, 'utf8'))).toBe(false);
  expect(isEncrypted(readFileSync(locked, 'utf8'))).toBe(true);
  const needed = { code: 'ssh-passphrase-needed', params: { file: locked } };
  await expect(readCredential(hostWith(locked), {}, undefined)).rejects.toMatchObject(needed);
  await expect(readCredential(hostWith(locked), { passphrase: 'no' }, undefined)).rejects.toMatchObject(needed);
  expect(await readCredential(hostWith(locked), { passphrase: 'sesame' }, undefined)).toMatchObject({
    passphrase: 'sesame',
  });
});

test('our own kind of key is not behind a passphrase', () => {
  expect(isEncrypted(generateSshKeyPair().privateKey)).toBe(false);
  expect(isEncrypted('')).toBe(false);
  expect(isEncrypted('-----BEGIN OPENSSH PRIVATE KEY-----\n\n-----END')).toBe(false);
});

test('without a key file it is the agent that has the keys', async () => {
  expect(await readCredential(hostWith(), {}, '/run/agent')).toEqual({ agent: '/run/agent' });
  for (const socket of [undefined, '']) {
    await expect(readCredential(hostWith(), {}, socket)).rejects.toMatchObject({ code: 'ssh-agent-missing' });
  }
});
