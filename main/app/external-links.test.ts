import { expect, it } from 'vitest';
import { isOwnAddress } from './external-links.ts';

const nodes = new Set(['10.97.0.11']);

it.each([
  'http://10.97.0.11:30080/',
  'https://10.97.0.11/',
  'http://127.0.0.1:8080/path?query#fragment',
  'http://localhost:3000/',
  'http://[::1]:3000/',
])('opens %s', (url) => {
  expect(isOwnAddress(url, nodes)).toBe(true);
});

it.each([
  'http://10.97.0.12:30080/',
  'https://example.com/',
  'https://127.0.0.1.example.com/',
  'https://10.97.0.11@example.com/',
  'http://user:secret@127.0.0.1/',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'smb://10.97.0.11/share',
  'vscode://10.97.0.11/',
  'not an address',
  `http://127.0.0.1/${'a'.repeat(3_000)}`,
])('does not open %s', (url) => {
  expect(isOwnAddress(url, nodes)).toBe(false);
});
