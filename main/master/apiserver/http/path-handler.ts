import { statusError } from '#common/kube/status-error.ts';
import { KUBERNETES_VERSION } from '#common/kube/version.ts';
import { openIdDocument } from '../authentication/service-account/open-id.ts';
import type { TokenIssuer } from '../authentication/service-account/token-issuer.ts';
import type { Discovery } from '../discovery/discovery.ts';
import type { OpenApiV2 } from '../openapi/openapi-v2.ts';
import type { OpenApiV3 } from '../openapi/openapi-v3.ts';
import { isHealthPath, sendHealth, type HealthCheck } from './health.ts';
import { JSON_TYPE, sendBytes, sendJson, type ApiRequest, type ApiResponse } from './exchange.ts';
import type { PathInfo } from './request-info.ts';

export interface PathDocuments {
  readonly discovery: Discovery;
  readonly openApiV2: OpenApiV2;
  readonly openApiV3: OpenApiV3;
  readonly tokenIssuer: TokenIssuer;
  readonly checks: Readonly<Record<string, HealthCheck>>;
  /** What Prometheus reads. */
  readonly metrics: () => string;
}

const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Answers what is no resource: health, metrics, version, discovery, OpenAPI, OpenID. */
export async function handlePath(
  documents: PathDocuments,
  info: PathInfo,
  request: ApiRequest,
  response: ApiResponse,
): Promise<void> {
  if (info.verb !== 'get' && info.verb !== 'head') throw statusError.unknownResource();
  if (isHealthPath(info.path)) {
    await sendHealth(documents.checks, info, request, response);
    return;
  }
  const path = info.path.replace(/\/+$/, '') || '/';
  switch (path) {
    case '/metrics':
      await sendBytes(request, response, 200, METRICS_TYPE, Buffer.from(documents.metrics(), 'utf8'));
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
    case '/openapi/v2':
      await sendTagged(await documents.openApiV2.document(request.headers.accept), request, response);
      return;
    case '/openapi/v3':
      await sendJson(request, response, 200, await documents.openApiV3.index());
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
    const document = await documents.openApiV3.document(path.slice('/openapi/v3/'.length));
    if (!document) throw statusError.unknownResource();
    await sendBytes(request, response, 200, JSON_TYPE, document);
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
  const bytes = Buffer.from(JSON.stringify(body), 'utf8');
  await sendTagged({ type: AGGREGATED_TYPE, bytes, etag }, request, response);
}

/** Nothing anew for a client that has it already. */
async function sendTagged(
  { type, bytes, etag }: { readonly type: string; readonly bytes: Buffer; readonly etag: string },
  request: ApiRequest,
  response: ApiResponse,
): Promise<void> {
  response.setHeader('etag', etag);
  response.setHeader('vary', 'Accept');
  if (hasAlready(request.headers['if-none-match'], etag)) {
    response.writeHead(304).end();
    return;
  }
  await sendBytes(request, response, 200, type, bytes);
}

/** RFC 9110, 13.1.2: any of a list, or whatever there is. */
function hasAlready(header: string | undefined, etag: string): boolean {
  const tags = (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(etag);
}
