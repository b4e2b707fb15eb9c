import { statusError } from '#common/kube/status-error.ts';
import { KUBERNETES_VERSION } from '#common/kube/version.ts';
import { openIdDocument } from '../authentication/service-account/open-id.ts';
import type { TokenIssuer } from '../authentication/service-account/token-issuer.ts';
import type { Discovery } from '../discovery/discovery.ts';
import type { OpenApiV3 } from '../openapi/openapi-v3.ts';
import { JSON_TYPE, sendBytes, sendJson, sendText, type ApiRequest, type ApiResponse } from './exchange.ts';
import { isTrue, type PathInfo } from './request-info.ts';

/** A named condition of health: true, or why not. */
export type HealthCheck = () => true | string;

export interface PathDocuments {
  readonly discovery: Discovery;
  readonly openApi: OpenApiV3;
  readonly tokenIssuer: TokenIssuer;
  readonly checks: Readonly<Record<string, HealthCheck>>;
}

/** Answers what is no resource: health, version, discovery, OpenAPI, OpenID. */
export async function handlePath(
  documents: PathDocuments,
  info: PathInfo,
  request: ApiRequest,
  response: ApiResponse,
): Promise<void> {
  if (info.verb !== 'get' && info.verb !== 'head') throw statusError.unknownResource();
  const path = info.path.replace(/\/+$/, '') || '/';
  switch (path) {
    case '/healthz':
    case '/livez':
    case '/readyz':
      await sendHealth(path.slice(1), documents.checks, info, request, response);
      return;
    case '/version':
      await sendJson(request, response, 200, VERSION);
      return;
    case '/api':
    case '/apis':
      if (wantsAggregated(request.headers.accept)) {
        await sendAggregated(documents.discovery, path === '/api' ? 'api' : 'apis', request, response);
        return;
      }
      break;
    case '/openapi/v3':
      await sendJson(request, response, 200, await documents.openApi.index());
      return;
    default:
  }
  const openId = await openIdDocument(documents.tokenIssuer, path);
  if (openId) {
    response.setHeader('cache-control', 'public, max-age=3600');
    await sendBytes(request, response, 200, openId.type, Buffer.from(JSON.stringify(openId.body), 'utf8'));
    return;
  }
  if (path.startsWith('/openapi/v3/')) {
    const document = documents.openApi.document(path.slice('/openapi/v3/'.length));
    if (!document) throw statusError.unknownResource();
    await sendBytes(request, response, 200, JSON_TYPE, await document);
    return;
  }
  const document = documents.discovery.document(path);
  if (document === undefined) throw statusError.unknownResource();
  await sendJson(request, response, 200, document);
}

const [major = '', minor = ''] = KUBERNETES_VERSION.slice(1).split('.');

/** version.Info. Commit and date tell of our build, not of upstream's. */
const VERSION = {
  major,
  minor,
  gitVersion: KUBERNETES_VERSION,
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '',
  goVersion: '',
  compiler: 'node',
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
};

const AGGREGATED_TYPE = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

function wantsAggregated(accept: string | undefined): boolean {
  return (accept ?? '').split(',').some((range) => {
    const parts = new Set(range.split(';').map((part) => part.trim()));
    return (
      parts.has('application/json') &&
      parts.has('g=apidiscovery.k8s.io') &&
      parts.has('v=v2') &&
      parts.has('as=APIGroupDiscoveryList')
    );
  });
}

async function sendAggregated(
  discovery: Discovery,
  root: 'api' | 'apis',
  request: ApiRequest,
  response: ApiResponse,
): Promise<void> {
  const { body, etag } = discovery.aggregated(root);
  response.setHeader('etag', etag);
  response.setHeader('vary', 'Accept');
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304).end();
    return;
  }
  await sendBytes(request, response, 200, AGGREGATED_TYPE, Buffer.from(JSON.stringify(body), 'utf8'));
}

async function sendHealth(
  name: string,
  checks: Readonly<Record<string, HealthCheck>>,
  info: PathInfo,
  request: ApiRequest,
  response: ApiResponse,
): Promise<void> {
  const excluded = new Set(info.query.getAll('exclude'));
  const results = Object.entries(checks).map(([check, run]) => ({
    check,
    outcome: excluded.has(check) ? 'excluded: ok' : run(),
  }));
  const failed = results.filter(({ outcome }) => outcome !== true && outcome !== 'excluded: ok');
  const lines = results.map(({ check, outcome }) => {
    if (outcome === true) return `[+]${check} ok`;
    return outcome === 'excluded: ok' ? `[+]${check} ${outcome}` : `[-]${check} failed: ${outcome}`;
  });
  if (failed.length > 0) {
    await sendText(request, response, 500, `${lines.join('\n')}\n${name} check failed\n`);
    return;
  }
  const verbose = isTrue(info.query.get('verbose'));
  await sendText(request, response, 200, verbose ? `${lines.join('\n')}\n${name} check passed\n` : 'ok');
}
