import { statusError } from '#common/kube/status-error.ts';
import { sendText, type ApiRequest, type ApiResponse } from './exchange.ts';
import type { PathInfo } from './request-info.ts';

/** A named condition of health: true, or why not. */
export type HealthCheck = () => true | string;

const ENDPOINTS: ReadonlySet<string> = new Set(['healthz', 'livez', 'readyz']);

export function isHealthPath(path: string): boolean {
  return ENDPOINTS.has(path.split('/')[1] ?? '');
}

/**
 * /healthz, /livez and /readyz, and one check of them as /readyz/<check> (apiserver pkg/server/healthz).
 * Anyone may ask, so that nobody is told why a check fails.
 */
export async function sendHealth(
  checks: Readonly<Record<string, HealthCheck>>,
  info: PathInfo,
  request: ApiRequest,
  response: ApiResponse,
): Promise<void> {
  const [name = '', ...rest] = info.path.split('/').filter((part) => part !== '');
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('cache-control', 'no-cache, private');
  if (rest.length === 0) await sendAll(name, checks, info.query, request, response);
  else await sendOne(rest.join('/'), checks, request, response);
}

async function sendOne(
  name: string,
  checks: Readonly<Record<string, HealthCheck>>,
  request: ApiRequest,
  response: ApiResponse,
): Promise<void> {
  const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
  if (!check) throw statusError.unknownResource();
  if (check() === true) await sendText(request, response, 200, 'ok');
  else await sendText(request, response, 500, 'internal server error: reason withheld\n');
}

async function sendAll(
  name: string,
  checks: Readonly<Record<string, HealthCheck>>,
  query: URLSearchParams,
  request: ApiRequest,
  response: ApiResponse,
): Promise<void> {
  const excluded = new Set(query.getAll('exclude'));
  const failed: string[] = [];
  const lines = Object.entries(checks).map(([check, run]) => {
    if (excluded.delete(check)) return `[+]${check} excluded: ok`;
    if (run() === true) return `[+]${check} ok`;
    failed.push(check);
    return `[-]${check} failed: reason withheld`;
  });
  if (excluded.size > 0) {
    const names = Array.from(excluded, (unknown) => JSON.stringify(unknown)).sort();
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names.join(', ')}`);
  }
  if (failed.length > 0) await sendText(request, response, 500, `${lines.join('\n')}\n${name} check failed\n`);
  else if (query.has('verbose')) await sendText(request, response, 200, `${lines.join('\n')}\n${name} check passed\n`);
  else await sendText(request, response, 200, 'ok');
}
