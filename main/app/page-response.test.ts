import { describe, expect, it } from 'vitest';
import type { Site } from '../doors/site.ts';
import { pageResponse } from './page-response.ts';

const site: Site = new Map([
  [
    '/',
    {
      body: new TextEncoder().encode('<!doctype html>'),
      contentType: 'text/html; charset=utf-8',
      cacheControl: 'no-cache',
    },
  ],
]);
const get = (url: string) => pageResponse(site, { method: 'GET', url });

describe('a file of the page', () => {
  it('comes with the strict policy, which leaves no way to a network', async () => {
    const response = get('app://pilothouse/');
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('<!doctype html>');
    const policy = response.headers.get('Content-Security-Policy')!;
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self';");
    expect(policy).toContain("connect-src 'self';");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toMatch(/unsafe|ws:|http/);
    expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff');
  });
});

it.each([
  'app://pilothouse/../../etc/passwd',
  'app://pilothouse/%2e%2e/secret',
  'app://pilothouse/index.js',
  'app://evil/',
  'file:///etc/hosts',
])('%s is not there', (url) => {
  expect(get(url).status).toBe(404);
});

it('is only read', () => {
  expect(pageResponse(site, { method: 'POST', url: 'app://pilothouse/' }).status).toBe(405);
});
