import { once } from 'node:events';
import http2 from 'node:http2';
import net from 'node:net';
import tls from 'node:tls';
import { expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { configMaps } from '#common/kube/resources.ts';
import { TestMaster } from '../../../../test/support/master.ts';
import { rawRequest } from '../../../../test/support/raw-request.ts';

const PATH = '/api/v1/namespaces/default/configmaps';

async function connect(master: TestMaster, user?: string): Promise<http2.ClientHttp2Session> {
  const { ca, cert, key } = master.credentials(user);
  const session = http2.connect(await master.url(), { ca, cert, key, servername: 'localhost' });
  session.on('error', () => undefined);
  await once(session, 'connect');
  return session;
}

/** A creation whose body does not come to an end. */
async function unfinished(session: http2.ClientHttp2Session): Promise<http2.ClientHttp2Stream> {
  const stream = session.request({ ':path': PATH, ':method': 'POST' }, { endStream: false });
  stream.on('error', () => undefined);
  await new Promise((resolve) => stream.write('{', resolve));
  return stream;
}

it('answers 429 when two hundred writes are being served, and goes on reading', async () => {
  await using master = await TestMaster.start({ clock: new VirtualClock() });
  const session = await connect(master);
  await Promise.all(Array.from({ length: 200 }, () => unfinished(session)));
  const inFlight = async () => /request_kind="mutating"} (\d+)/.exec((await rawRequest(master, '/metrics')).text)?.[1];
  await expect.poll(inFlight).toBe('200');
  const refused = await rawRequest(master, PATH, { method: 'POST', body: '{}' });
  expect(refused.status).toBe(429);
  expect(refused.headers['retry-after']).toBe('1');
  expect(refused.json()).toMatchObject({
    reason: 'TooManyRequests',
    message: 'Too many requests, please try again later.',
  });
  expect((await rawRequest(master, PATH)).status).toBe(200);
  session.destroy();
  await expect.poll(inFlight).toBe('0');
  expect((await rawRequest(master, PATH, { method: 'POST', body: '{"metadata":{"name":"a"}}' })).status).toBe(201);
});

it('answers 504 for a request that takes longer than a minute', async () => {
  const clock = new VirtualClock();
  await using master = await TestMaster.start({ clock });
  const session = await connect(master);
  const stream = await unfinished(session);
  const answered = once(stream, 'response');
  await expect.poll(() => clock.pending).toBeGreaterThan(0);
  await clock.advance(60_000);
  const [headers] = (await answered) as [http2.IncomingHttpHeaders];
  expect(headers[':status']).toBe(504);
  let text = '';
  stream.setEncoding('utf8').on('data', (part: string) => (text += part));
  await expect.poll(() => text.endsWith('}')).toBe(true);
  // The rest of the body is waited for a moment only.
  const closed = once(stream, 'close');
  await clock.advance(1000);
  await closed;
  expect(JSON.parse(text)).toMatchObject({
    reason: 'Timeout',
    message: 'Timeout: request did not complete within the allotted timeout',
  });
  session.destroy();
});

it('hangs up on a reader that does not take its list', async () => {
  const clock = new VirtualClock();
  await using master = await TestMaster.start({ clock });
  for (let number = 0; number < 8; number++) {
    await master.admin.create(configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `big-${number}`, namespace: 'default' },
      data: { text: 'x'.repeat(900_000) },
    });
  }
  const session = await connect(master);
  const stream = session.request({ ':path': PATH });
  stream.on('error', () => undefined);
  await once(stream, 'response');
  stream.pause();
  await clock.advance(60_000);
  let size = 0;
  stream.on('data', (part: Buffer) => (size += part.length)).resume();
  await once(stream, 'close');
  expect(size).toBeLessThan(8 * 900_000);
  expect((await rawRequest(master, `${PATH}/big-1`)).status).toBe(200);
  session.destroy();
});

it('goes on beside idle connections, and refuses endless headers', async () => {
  await using master = await TestMaster.start();
  const { hostname, port } = new URL(await master.url());
  const { ca } = master.credentials();
  const sockets = await Promise.all(
    Array.from({ length: 1000 }, async () => {
      const socket = tls.connect({ host: hostname, port: Number(port), ca, servername: 'localhost' });
      await once(socket, 'secureConnect');
      return socket;
    }),
  );
  expect((await rawRequest(master, '/readyz')).text).toBe('ok');
  // Node.js answers 431 and hangs up: which of the two a client sees first is chance.
  const endless = await rawRequest(master, `${PATH}?labelSelector=${'x'.repeat(100_000)}`).then(
    ({ status }) => status,
    (error: unknown) => (error as NodeJS.ErrnoException).code,
  );
  expect([431, 'ECONNRESET', 'EPIPE']).toContain(endless);
  expect((await rawRequest(master, '/readyz')).text).toBe('ok');
  for (const socket of sockets) socket.destroy();
});

it('goes on beside half-open connections, and does not wait for them when it stops', async () => {
  const master = await TestMaster.start();
  const { hostname, port } = new URL(await master.url());
  const { ca } = master.credentials();
  const open = async (): Promise<net.Socket> => {
    const socket = net.connect({ host: hostname, port: Number(port) });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  };
  // Some never begin, some say what is no TLS, some stop in the middle of a request, some say that they are done.
  const silent = await Promise.all(Array.from({ length: 50 }, open));
  const noise = await Promise.all(Array.from({ length: 50 }, open));
  const refused = noise.map((socket) => once(socket.resume(), 'close'));
  for (const socket of noise) socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await Promise.all(refused);
  const begun = await Promise.all(
    Array.from({ length: 50 }, async () => {
      const socket = tls.connect({ host: hostname, port: Number(port), ca, servername: 'localhost' });
      socket.on('error', () => undefined);
      await once(socket, 'secureConnect');
      socket.write('POST /api/v1/namespaces/default/configmaps HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{');
      return socket;
    }),
  );
  const done = begun.splice(0, 25);
  const closed = done.map((socket) => once(socket.resume(), 'close'));
  for (const socket of done) socket.end();
  await Promise.all(closed);
  expect((await rawRequest(master, '/readyz')).text).toBe('ok');

  const ended = [...silent, ...begun].map((socket) => once(socket.resume(), 'close'));
  await master[Symbol.asyncDispose]();
  await Promise.all(ended);
});

it('answers 413 for a body that turns out too large, on either protocol', async () => {
  await using master = await TestMaster.start();
  const session = await connect(master);
  const stream = session.request({ ':path': PATH, ':method': 'POST' }, { endStream: false });
  stream.on('error', () => undefined);
  const answered = once(stream, 'response');
  stream.write(Buffer.alloc(4 * 1024 * 1024, 'x'));
  const [headers] = (await answered) as [http2.IncomingHttpHeaders];
  expect(headers[':status']).toBe(413);
  session.destroy();
  const chunked = { 'transfer-encoding': 'chunked' };
  const body = Buffer.alloc(4 * 1024 * 1024, 'x');
  const answer = await rawRequest(master, PATH, { method: 'POST', headers: chunked, body });
  expect(answer.status).toBe(413);
});

it('ends an error like any answer, for clients that count on the end of the stream', async () => {
  await using master = await TestMaster.start();
  const session = await connect(master);
  const stream = session.request({ ':path': `${PATH}/nobody` });
  stream.resume();
  const ended = once(stream, 'end');
  await once(stream, 'close');
  await ended;
  expect(stream.rstCode).toBe(0);
  expect((await rawRequest(master, `${PATH}/nobody`)).status).toBe(404);
  session.destroy();
});
