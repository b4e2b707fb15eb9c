import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import ssh2 from 'ssh2';
import { expect, test } from 'vitest';
import { generateSshKeyPair } from './ssh-key.ts';

test('ssh2 reads both halves, and they belong together', () => {
  const pair = generateSshKeyPair('me@here');
  const secret = ssh2.utils.parseKey(pair.privateKey);
  const open = ssh2.utils.parseKey(pair.publicKey);
  if (secret instanceof Error || open instanceof Error) throw new Error('a key was not read');
  expect(secret.isPrivateKey()).toBe(true);
  expect(open.comment).toBe('me@here');
  expect(secret.getPublicSSH().equals(open.getPublicSSH())).toBe(true);
  expect(open.verify('text', secret.sign('text'))).toBe(true);
});

test('OpenSSH derives the same public key from the private one', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'ssh-key-'));
  try {
    const pair = generateSshKeyPair();
    const file = path.join(directory, 'id');
    writeFileSync(file, pair.privateKey, { mode: 0o600 });
    const { stdout } = spawnSync('ssh-keygen', ['-y', '-f', file], { encoding: 'utf8' });
    expect(stdout.trim()).toBe(pair.publicKey.split(' ').slice(0, 2).join(' '));
  } finally {
    rmSync(directory, { recursive: true });
  }
});
