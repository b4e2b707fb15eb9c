import type { ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodes, pods } from '#common/kube/resources.ts';
import { TestMaster } from '../../../../test/support/master.ts';
import { nodeObject, podObject } from '../../../../test/support/objects.ts';
import { RawApi } from '../../../../test/support/raw-api.ts';
import { until } from '../../../../test/support/until.ts';

interface Peer {
  readonly authorized: boolean;
  getPeerCertificate(): { subject?: { CN: string } };
}

function peerOf(socket: Peer): { authorized: boolean; subject: string } {
  return { authorized: socket.authorized, subject: socket.getPeerCertificate().subject?.CN ?? '' };
}

/** A kubelet's door: it writes down who asks for what, and answers as the test says. */
class Kubelet {
  readonly asked: string[] = [];
  readonly clients: string[] = [];
  readonly #server: https.Server;
  open = 0;
  answer: (response: ServerResponse) => void = (response) => response.end('line one\n');

  private constructor(server: https.Server) {
    this.#server = server;
    server.on('request', (request, response) => {
      this.asked.push(request.url!);
      const { authorized, subject } = peerOf(request.socket as unknown as Peer);
      this.clients.push(`${authorized} ${subject}`);
      this.open++;
      response.once('close', () => this.open--);
      this.answer(response);
    });
  }

  static async start(master: TestMaster, name = 'n'): Promise<Kubelet> {
    const { authority } = master;
    const serving = authority.issue({
      commonName: `system:node:${name}`,
      usage: 'server',
      dnsNames: [name],
      ipv4Addresses: ['127.0.0.1'],
      lifetimeMs: 3_600_000,
    });
    const server = https.createServer({ ...serving, ca: authority.cert, requestCert: true, rejectUnauthorized: false });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Kubelet(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

let master: TestMaster;
let api: RawApi;
let kubelet: Kubelet;

beforeEach(async () => {
  master = await TestMaster.start();
  api = await RawApi.open(master);
  kubelet = await Kubelet.start(master);
  await master.admin.create(nodes, nodeObject('n'));
  await tellAddress(kubelet.port);
  await master.admin.create(pods, podObject('web', { spec: { nodeName: 'n' } }));
});
afterEach(async () => {
  api[Symbol.dispose]();
  await kubelet.stop();
  await master[Symbol.asyncDispose]();
});

async function tellAddress(port: number): Promise<void> {
  const status = {
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
  };
  await master.admin.patch(nodes, { name: 'n' }, 'merge', { status }, { subresource: 'status' });
}

const LOG = '/api/v1/namespaces/default/pods/web/log';

describe('the log of a pod', () => {
  it('is what its kubelet says, asked as the API server', async () => {
    const answer = await api.request('GET', LOG, { headers: { accept: 'text/plain' } });
    expect([answer.status, answer.headers['content-type'], answer.text]).toEqual([200, 'text/plain', 'line one\n']);
    expect(kubelet.asked).toEqual(['/containerLogs/default/web/web?']);
    expect(kubelet.clients).toEqual(['true kube-apiserver-kubelet-client']);
  });

  it('passes on what is asked of it, and nothing else', async () => {
    await api.request('GET', `${LOG}?tailLines=5&timestamps=true&previous=true&sinceSeconds=3&pretty=1&secret=2`);
    const { searchParams } = new URL(kubelet.asked[0]!, 'https://k');
    expect(Object.fromEntries(searchParams)).toEqual({
      previous: 'true',
      sinceSeconds: '3',
      timestamps: 'true',
      tailLines: '5',
    });
  });

  it('is followed until the reader goes', async () => {
    kubelet.answer = (response) => response.write('first\n');
    const abort = new AbortController();
    const request = https.get({
      ...master.credentials(),
      host: '127.0.0.1',
      port: new URL(await master.url()).port,
      path: `${LOG}?follow=true`,
      signal: abort.signal,
    });
    request.on('error', () => undefined);
    const text = await new Promise<string>((resolve) =>
      request.once('response', (answer) => {
        answer.on('error', () => undefined);
        answer.once('data', (chunk: Buffer) => resolve(chunk.toString()));
      }),
    );
    expect([text, kubelet.open]).toEqual(['first\n', 1]);
    abort.abort();
    await until(() => kubelet.open === 0);
  });

  it('tells what the kubelet has against it', async () => {
    kubelet.answer = (response) => {
      response.statusCode = 400;
      response.end('container "web" in pod "web" is waiting to start: ContainerCreating\n');
    };
    expect(await api.failure('GET', LOG)).toMatchObject({
      code: 400,
      message: 'container "web" in pod "web" is waiting to start: ContainerCreating',
    });
  });

  it('needs the name of a container where there are several', async () => {
    const containers = ['a', 'b'].map((name) => ({ name, image: 'x' }));
    const initContainers = [{ name: 'i', image: 'x' }];
    await master.admin.create(pods, podObject('many', { spec: { nodeName: 'n', containers, initContainers } }));
    const path = '/api/v1/namespaces/default/pods/many/log';
    expect(await api.failure('GET', path)).toMatchObject({
      code: 400,
      message: expect.stringMatching(
        /^a container name must be specified for pod many, choose one of: \[.*\]/,
      ) as string,
    });
    expect(await api.failure('GET', `${path}?container=zz`)).toMatchObject({
      code: 400,
      message: 'container zz is not valid for pod many',
    });
    expect((await api.request('GET', `${path}?container=i`)).status).toBe(200);
    expect(kubelet.asked).toEqual(['/containerLogs/default/many/i?']);
  });

  it('needs a pod, a node, and a kubelet that answers', async () => {
    expect(await api.failure('GET', LOG.replace('/web/', '/zz/'))).toMatchObject({
      code: 404,
      message: 'pods "zz" not found',
    });
    await master.admin.create(pods, podObject('free'));
    expect(await api.failure('GET', LOG.replace('/web/', '/free/'))).toMatchObject({
      code: 400,
      message: 'pod free does not have a host assigned',
    });
    const { port } = kubelet;
    await kubelet.stop();
    expect(await api.failure('GET', LOG)).toMatchObject({
      code: 500,
      message: expect.stringContaining(
        `Get "https://127.0.0.1:${port}/containerLogs/default/web/web?": connect ECONNREFUSED`,
      ) as string,
    });
  });

  it('does not come from who only took the address of the node', async () => {
    const other = await Kubelet.start(master, 'other');
    await tellAddress(other.port);
    const failure = await api.failure('GET', LOG);
    expect([failure.code, other.asked]).toEqual([500, []]);
    await other.stop();
  });
});
