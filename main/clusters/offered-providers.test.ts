import { expect, test } from 'vitest';
import { offeredProviders } from './offered-providers.ts';

const MISSING = '/nonexistent/multipass';

test('Multipass is proposed where it is installed, and Linux does without it', async () => {
  expect(await offeredProviders(process.execPath, 'linux')).toEqual(['multipass', 'namespace', 'ssh']);
  expect(await offeredProviders(MISSING, 'linux')).toEqual(['namespace', 'ssh']);
});

test('elsewhere no other machines are made', async () => {
  expect(await offeredProviders(MISSING, 'darwin')).toEqual(['multipass', 'ssh']);
  expect(await offeredProviders(MISSING, 'win32')).toEqual(['multipass', 'ssh']);
});
