import { expect, test } from 'vitest';
import { offeredProviders } from './offered-providers.ts';

const MISSING = '/nonexistent/multipass';

test('Multipass is proposed where it is installed, and Linux does without it', async () => {
  expect(await offeredProviders(process.execPath, 'linux')).toEqual(['multipass', 'namespace']);
  expect(await offeredProviders(MISSING, 'linux')).toEqual(['namespace']);
});

test('elsewhere there is no other way', async () => {
  expect(await offeredProviders(MISSING, 'darwin')).toEqual(['multipass']);
  expect(await offeredProviders(MISSING, 'win32')).toEqual(['multipass']);
});
