import https from 'node:https';
import { pipeline } from 'node:stream/promises';
import { nodeAddress } from '#common/kube/node-status.ts';
import type { Stored } from '#common/kube/object.ts';
import { nodes, type Node, type Pod } from '#common/kube/resources.ts';
import { statusError } from '#common/kube/status-error.ts';
import type { Api } from '../api.ts';
import { getObject } from '../handlers/get.ts';
import { collectionOf, type ObjectRequest } from '../handlers/request.ts';
import type { Connector } from './connectors.ts';

/** How the API server presents itself to kubelets. */
export interface KubeletCredentials {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const CONNECT_TIMEOUT_MS = 10_000;
const PASSED_ON = ['follow', 'previous', 'sinceSeconds', 'sinceTime', 'timestamps', 'tailLines', 'limitBytes'];

/** GET pods/NAME/log: what a container wrote, asked of its kubelet. */
export function podLog(api: Api, credentials: () => KubeletCredentials): Connector {
  return async (request, query, _incoming, response, signal) => {
    const pod = getObject(api, request).value as Stored<Pod>;
    const container = containerOf(pod, query.get('container'));
    const node = nodeOf(api, request, pod);
    const wanted = new URLSearchParams();
    for (const name of PASSED_ON) {
      const value = query.get(name);
      if (value !== null) wanted.set(name, value);
    }
    const { namespace = '', name } = pod.metadata;
    const path = ['containerLogs', namespace, name, container].map(encodeURIComponent).join('/');
    const gone = new AbortController();
    const leave = (): void => gone.abort();
    response.once('close', leave);
    signal.addEventListener('abort', leave, { once: true });
    try {
      const answer = await ask(node, `/${path}?${wanted.toString()}`, credentials(), gone.signal);
      if (answer.statusCode !== 200) throw statusError.badRequest(await textOf(answer));
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.flushHeaders();
      await pipeline(answer, response, { signal: gone.signal });
    } catch (error) {
      if (!gone.signal.aborted) throw error;
    } finally {
      response.off('close', leave);
      signal.removeEventListener('abort', leave);
    }
  };
}

function containerOf(pod: Stored<Pod>, asked: string | null): string {
  const { containers = [], initContainers = [] } = pod.spec ?? {};
  const names = [...initContainers, ...containers].map(({ name }) => name);
  const { name } = pod.metadata;
  if (asked) {
    if (names.includes(asked)) return asked;
    throw statusError.badRequest(`container ${asked} is not valid for pod ${name}`);
  }
  if (containers.length === 1 && initContainers.length === 0) return containers[0]!.name;
  const listed = `[${names.join(' ')}]`;
  throw statusError.badRequest(`a container name must be specified for pod ${name}, choose one of: ${listed}`);
}

interface KubeletPlace {
  readonly host: string;
  readonly port: number;
  readonly name: string;
}

function nodeOf(api: Api, request: ObjectRequest, pod: Stored<Pod>): KubeletPlace {
  const name = pod.spec?.nodeName;
  if (!name) throw statusError.badRequest(`pod ${request.name} does not have a host assigned`);
  const kind = api.kinds.of(nodes);
  const node = collectionOf(api, kind).get(name)?.value as Stored<Node> | undefined;
  const host = node && nodeAddress(node);
  if (!host) throw statusError.internal(`no preferred addresses found; known addresses: []`);
  return { host, port: node.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 10250, name };
}

function ask(
  node: KubeletPlace,
  path: string,
  credentials: KubeletCredentials,
  signal: AbortSignal,
): Promise<NodeJS.ReadableStream & { statusCode?: number | undefined }> {
  return new Promise((resolve, reject) => {
    const request = https.get(
      {
        host: node.host,
        port: node.port,
        path,
        servername: node.name,
        signal,
        timeout: CONNECT_TIMEOUT_MS,
        ...credentials,
      },
      (answer) => {
        // Once it answers it may be silent for as long as it likes.
        request.setTimeout(0);
        resolve(answer);
      },
    );
    request.once('timeout', () => request.destroy(new Error(`dial tcp ${node.host}:${node.port}: i/o timeout`)));
    request.once('error', (error) => {
      reject(
        signal.aborted
          ? error
          : statusError.internal(`Get "https://${node.host}:${node.port}${path}": ${error.message}`),
      );
    });
  });
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text.trim();
}
