import { contentSecurityPolicy, SECURITY_HEADERS } from '../doors/content-security-policy.ts';
import type { Site } from '../doors/site.ts';
import { isAppUrl } from './app-origin.ts';

/** Answers `protocol.handle`: the built page's files and nothing else, under the strict policy. */
export function pageResponse(site: Site, request: { readonly method: string; readonly url: string }): Response {
  if (request.method !== 'GET') return new Response(null, { status: 405, headers: SECURITY_HEADERS });
  const file = isAppUrl(request.url) ? site.get(new URL(request.url).pathname) : undefined;
  if (!file) return new Response(null, { status: 404, headers: SECURITY_HEADERS });
  return new Response(file.body, {
    headers: {
      ...SECURITY_HEADERS,
      'Content-Type': file.contentType,
      'Cache-Control': file.cacheControl,
      'Content-Security-Policy': contentSecurityPolicy(),
    },
  });
}
