import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { fingerprint } from './ssh-fingerprint.ts';
import { generateSshKeyPair } from './ssh-key.ts';

test('a fingerprint is the one that OpenSSH prints', () => {
  const { publicKey } = generateSshKeyPair('me@here');
  const printed = execFileSync('ssh-keygen', ['-l', '-f', '-'], { input: publicKey, encoding: 'utf8' });
  expect(printed.split(' ')[1]).toBe(fingerprint(publicKey));
});
