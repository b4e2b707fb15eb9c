import { expect, it } from 'vitest';
import { isAppUrl } from './app-origin.ts';

it.each(['app://pilothouse/', 'app://pilothouse/assets/index.js', 'app://pilothouse/#/clusters/abc123/pods'])(
  'takes %s for the page',
  (url) => {
    expect(isAppUrl(url)).toBe(true);
  },
);

it.each([
  '',
  'app://pilothouse.evil.example/',
  'app://evil/pilothouse',
  'app://user@pilothouse/',
  'app://pilothouse:8080/',
  'https://pilothouse/',
  'file:///app://pilothouse/',
  'application://pilothouse/',
  'about:blank',
])('does not take %s for the page', (url) => {
  expect(isAppUrl(url)).toBe(false);
});
