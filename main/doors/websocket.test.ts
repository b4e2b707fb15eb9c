import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { silentLog } from '#common/base/log.ts';
import { handlersWith } from '../../test/standins/handlers.ts';
import { serveWindow, type WindowServer } from './websocket.ts';

let root: string;
const servers: WindowServer[] = [];

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'pilothouse-site-'));
  await mkdir(path.join(root, 'assets'));
  await writeFile(path.join(root, 'index.html'), '<!doctype html><title>page</title>');
  await writeFile(path.join(root, 'assets/app-1a2b.js'), 'export {};');
  await writeFile(path.join(root, 'secret.key'), 'never served');
});
afterAll(() => rm(root, { recursive: true }));
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serve(sessionKey?: Uint8Array): Promise<WindowServer> {
  const handlers = handlersWith({ 'app.setPreferences': async () => null });
  const server = await serveWindow({ root, handlers, port: 0, log: silentLog, ...(sessionKey ? { sessionKey } : {}) });
  servers.push(server);
  return server;
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

// fetch() would tidy the path and would not send another Host.
async function ask(server: WindowServer, target: string, headers: http.OutgoingHttpHeaders = {}): Promise<Answer> {
  const method = headers['x-method'] === undefined ? 'GET' : String(headers['x-method']);
  const request = http.request({ host: '127.0.0.1', port: server.port, path: target, headers, method, agent: false });
  request.end();
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const body = (await response.setEncoding('utf8').toArray()).join('');
  return { status: response.statusCode, headers: response.headers, body };
}

async function signIn(server: WindowServer): Promise<string> {
  const { pathname, search } = new URL(server.newUrl());
  const answer = await ask(server, pathname + search);
  expect(answer.status).toBe(303);
  return answer.headers['set-cookie']![0]!.split(';')[0]!;
}

describe('a link', () => {
  it('opens one session by an HttpOnly, SameSite cookie and leaves the address', async () => {
    const server = await serve();
    const link = new URL(server.newUrl());
    const first = await ask(server, link.pathname + link.search);
    expect(first).toMatchObject({ status: 303, headers: { location: '/' } });
    expect(first.headers['set-cookie']![0]).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
    const second = await ask(server, link.pathname + link.search);
    expect(second.status).toBe(403);
    expect(second.body).toContain('already used');
    expect(second.body).toContain('此链接已被使用');
  });

  it('that was used still leads a browser with a session to the page', async () => {
    const server = await serve();
    const link = new URL(server.newUrl());
    const answer = await ask(server, link.pathname + link.search);
    const cookie = answer.headers['set-cookie']![0]!.split(';')[0]!;
    expect(await ask(server, link.pathname + link.search, { cookie })).toMatchObject({ status: 303 });
  });

  it('can be asked for again: every one opens a session of its own', async () => {
    const server = await serve();
    const [one, other] = [await signIn(server), await signIn(server)];
    expect(one).not.toBe(other);
    for (const cookie of [one, other]) expect((await ask(server, '/', { cookie })).status).toBe(200);
  });
});

describe('the page', () => {
  it('needs a session, and says how to get one', async () => {
    const answer = await ask(await serve(), '/');
    expect(answer.status).toBe(401);
    expect(answer.body).toContain('Open Pilothouse with its link');
    expect(answer.headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/);
  });

  it('comes with a strict policy and headers', async () => {
    const server = await serve();
    const { headers, body } = await ask(server, '/', { cookie: await signIn(server) });
    expect(body).toContain('<title>page</title>');
    const policy = headers['content-security-policy']!.toString();
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self';");
    expect(policy).toContain(`connect-src 'self' ws://127.0.0.1:${server.port};`);
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toContain('unsafe');
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cache-control': 'no-cache',
    });
  });

  it('lets assets that are named by content be kept', async () => {
    const server = await serve();
    const { headers } = await ask(server, '/assets/app-1a2b.js', { cookie: await signIn(server) });
    expect(headers['cache-control']).toContain('immutable');
    expect(headers['content-type']).toContain('text/javascript');
  });

  it.each([
    '/../websocket.ts',
    '/..%2f..%2fetc%2fpasswd',
    '/assets/../../etc/passwd',
    '/secret.key',
    '/assets',
    '//',
    '/%00',
  ])('does not serve %s', async (target) => {
    const server = await serve();
    expect((await ask(server, target, { cookie: await signIn(server) })).status).toBe(404);
  });

  it.each(['evil.example', 'localhost', '127.0.0.1', 'localhost:1'])('is not served to Host %j', async (host) => {
    const server = await serve();
    const cookie = await signIn(server);
    expect((await ask(server, '/', { cookie, host })).status).toBe(421);
  });

  it('is only read', async () => {
    const server = await serve();
    const cookie = await signIn(server);
    expect((await ask(server, '/', { cookie, 'x-method': 'POST' })).status).toBe(405);
  });
});

describe('the WebSocket', () => {
  const open = (server: WindowServer, headers: Record<string, string>, target = '/contract') =>
    new WebSocket(`ws://127.0.0.1:${server.port}${target}`, { headers });

  async function refusal(socket: WebSocket): Promise<number | undefined> {
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, http.IncomingMessage];
    response.resume();
    socket.on('error', () => undefined).terminate();
    return response.statusCode;
  }

  it('speaks the contract', async () => {
    const server = await serve();
    const socket = open(server, { cookie: await signIn(server), origin: `http://127.0.0.1:${server.port}` });
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'call', id: 9, name: 'app.setPreferences', args: {} }));
    const [data] = (await once(socket, 'message')) as [Buffer];
    expect(JSON.parse(data.toString())).toEqual({ type: 'result', id: 9, value: null });
    socket.close();
    await once(socket, 'close');
  });

  it('is refused without a session, from another origin, by another name, on another path', async () => {
    const server = await serve();
    const cookie = await signIn(server);
    const origin = `http://127.0.0.1:${server.port}`;
    expect(await refusal(open(server, { origin }))).toBe(401);
    expect(await refusal(open(server, { cookie, origin: 'http://evil.example' }))).toBe(403);
    expect(await refusal(open(server, { cookie }))).toBe(403);
    expect(await refusal(open(server, { cookie, origin, host: `evil.example:${server.port}` }))).toBe(421);
    expect(await refusal(open(server, { cookie, origin }, '/other'))).toBe(404);
  });

  it('is closed on whoever does not speak the contract', async () => {
    const server = await serve();
    const socket = open(server, { cookie: await signIn(server), origin: `http://127.0.0.1:${server.port}` });
    await once(socket, 'open');
    socket.send('hello');
    expect((await once(socket, 'close'))[0]).toBe(1008);
  });
});

it('keeps sessions over a restart when their key was kept', async () => {
  const key = new Uint8Array(32).fill(1);
  const first = await serve(key);
  const cookie = await signIn(first);
  const { port } = first;
  await first.close();
  servers.splice(0);
  const second = await serveWindow({ root, handlers: handlersWith({}), port, log: silentLog, sessionKey: key });
  servers.push(second);
  expect((await ask(second, '/session', { cookie })).status).toBe(204);
  expect((await ask(second, '/session')).status).toBe(401);
});

it('names the port that is taken', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  await expect(serveWindow({ root, handlers: handlersWith({}), port, log: silentLog })).rejects.toMatchObject({
    code: 'port-in-use',
    params: { port },
  });
  taken.close();
});
