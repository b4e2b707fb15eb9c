import http2 from 'node:http2';
import net from 'node:net';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { secureRandom } from '#common/base/random.ts';
import { realClock } from '#common/base/clock.ts';
import { Scope } from '#common/base/scope.ts';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import type { CertificateAuthority } from '../../../main/pki/authority.ts';
import { temporaryAuthority } from '../../../test/support/authority.ts';
import { until } from '../../../test/support/until.ts';
import { HttpsSession, type Credentials, type SessionOptions } from './session.ts';

let authority: CertificateAuthority;
/** What one test started. */
let scope: Scope;

beforeAll(async () => {
  authority = await temporaryAuthority(realClock, secureRandom);
});
beforeEach(() => {
  scope = new Scope((error) => {
    throw error;
  });
});
afterEach(() => scope.close());

type Answer = (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => void;

/** A server that counts its connections. */
class Server {
  readonly sessions: http2.ServerHttp2Session[] = [];
  readonly #server: http2.Http2SecureServer;

  private constructor(server: http2.Http2SecureServer) {
    this.#server = server;
    server.on('session', (session) => {
      session.on('error', () => undefined);
      this.sessions.push(session);
    });
  }

  static async start(answer: Answer, port = 0, name = 'kubernetes'): Promise<Server> {
    const server = http2.createSecureServer({
      ...authority.issue({ commonName: name, usage: 'server', dnsNames: [name], lifetimeMs: 60_000 }),
      ca: authority.cert,
      requestCert: true,
      rejectUnauthorized: false,
    });
    server.on('stream', answer);
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const started = new Server(server);
    scope.defer(() => started.stop());
    return started;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  get url(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    for (const session of this.sessions) session.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

const sayOk: Answer = (stream) => {
  stream.respond({ ':status': 200 });
  stream.end('ok');
};

function session(servers: readonly string[], options: Partial<SessionOptions> = {}): HttpsSession {
  return scope.hold(
    new HttpsSession({
      servers,
      serverName: 'kubernetes',
      userAgent: 'test/1',
      clock: new VirtualClock(),
      credentials: () => ({ ca: authority.cert }),
      ...options,
    }),
  );
}

async function get(client: HttpsSession, signal?: AbortSignal): Promise<string> {
  const answer = await client.request({ method: 'GET', path: '/', signal });
  const chunks: Buffer[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** A line to a server, on which from one moment on nothing arrives any more, as when a computer goes to sleep. */
class Wire {
  readonly url: string;
  readonly #sockets = new Set<net.Socket>();
  #isCut = false;

  private constructor(listening: net.Server, target: number) {
    this.url = `https://127.0.0.1:${(listening.address() as net.AddressInfo).port}`;
    listening.on('connection', (near) => {
      const far = net.connect(target, '127.0.0.1');
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        from.on('data', (chunk) => {
          if (!this.#isCut) to.write(chunk);
        });
        from.on('close', () => {
          if (!this.#isCut) to.destroy();
        });
        from.on('error', () => undefined);
      }
    });
  }

  static async to(target: number): Promise<Wire> {
    const listening = net.createServer();
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    const wire = new Wire(listening, target);
    scope.defer(async () => {
      for (const socket of wire.#sockets) socket.destroy();
      await new Promise<void>((resolve) => listening.close(() => resolve()));
    });
    return wire;
  }

  cut(): void {
    this.#isCut = true;
  }

  mend(): void {
    this.#isCut = false;
  }
}

/** A port where nobody listens. */
async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

describe('an HTTPS session', () => {
  it('sends all requests over one connection', async () => {
    const server = await Server.start(sayOk);
    const client = session([server.url]);
    expect(await Promise.all([get(client), get(client), get(client)])).toEqual(['ok', 'ok', 'ok']);
    expect(await get(client)).toBe('ok');
    expect(server.sessions).toHaveLength(1);
  });

  it('sends what it is told, and who it is', async () => {
    let seen: http2.IncomingHttpHeaders = {};
    let body = '';
    const server = await Server.start((stream, headers) => {
      seen = headers;
      stream.on('data', (chunk: Buffer) => (body += chunk.toString()));
      stream.on('end', () => sayOk(stream, headers));
    });
    const client = session([server.url], { credentials: () => ({ ca: authority.cert, token: 'secret' }) });
    const request = { method: 'PATCH', path: '/a?b=c', headers: { 'content-type': 'text/x' }, body: '{}' } as const;
    expect((await client.request(request)).status).toBe(200);
    expect(body).toBe('{}');
    expect(seen).toMatchObject({
      ':method': 'PATCH',
      ':path': '/a?b=c',
      'content-type': 'text/x',
      authorization: 'Bearer secret',
      'user-agent': 'test/1',
    });
  });

  it('connects again when the connection broke', async () => {
    const first = await Server.start(sayOk);
    const { port } = first;
    const client = session([first.url]);
    await get(client);
    await first.stop();
    await expect(get(client)).rejects.toThrow();
    await Server.start(sayOk, port);
    expect(await get(client)).toBe('ok');
  });

  it('takes a new connection when the server says farewell, and lets requests finish on the old one', async () => {
    const streams: http2.ServerHttp2Stream[] = [];
    const server = await Server.start((stream) => {
      stream.respond({ ':status': 200 });
      streams.push(stream);
    });
    const client = session([server.url]);
    const long = get(client);
    await until(() => streams.length === 1);
    server.sessions[0]!.goaway();
    const second = until(async () => {
      const answer = await client.request({ method: 'GET', path: '/' }).catch(() => undefined);
      return answer && server.sessions.length === 2;
    });
    await second;
    streams[0]!.end('late');
    expect(await long).toBe('late');
  });

  it('tries the next address when one does not answer', async () => {
    const server = await Server.start(sayOk);
    const client = session([`https://127.0.0.1:${await freePort()}`, server.url]);
    await expect(get(client)).rejects.toThrow('Cannot connect to https://127.0.0.1:');
    expect(await get(client)).toBe('ok');
    expect(await get(client)).toBe('ok');
  });

  it('asks for credentials at each connection', async () => {
    const names: (string | undefined)[] = [];
    const server = await Server.start((stream, headers) => {
      const socket = stream.session!.socket as unknown as { getPeerCertificate(): { subject?: { CN: string } } };
      names.push(socket.getPeerCertificate().subject?.CN);
      sayOk(stream, headers);
    });
    const issued = ['one', 'two'].map((commonName): Credentials => ({
      ca: authority.cert,
      ...authority.issue({ commonName, usage: 'client', lifetimeMs: 60_000 }),
    }));
    let current = 0;
    const client = session([server.url], { credentials: () => issued[current]! });
    await get(client);
    current = 1;
    await get(client);
    client.reset();
    await get(client);
    expect(names).toEqual(['one', 'one', 'two']);
  });

  it('trusts only its authority, and only the name it was given', async () => {
    const server = await Server.start(sayOk);
    const misnamed = await Server.start(sayOk, 0, 'elsewhere');
    const stranger = await temporaryAuthority(realClock, secureRandom);
    await expect(get(session([server.url], { credentials: () => ({ ca: stranger.cert }) }))).rejects.toThrow(
      'Cannot connect',
    );
    await expect(get(session([misnamed.url]))).rejects.toMatchObject({
      cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    });
  });

  it('gives up a connection that does not come about', async () => {
    const silent = net.createServer();
    const sockets = new Set<net.Socket>();
    silent.on('connection', (socket) => sockets.add(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    scope.defer(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => silent.close(() => resolve()));
    });
    const clock = new VirtualClock();
    const client = session([`https://127.0.0.1:${(silent.address() as net.AddressInfo).port}`], { clock });
    const failed = expect(get(client)).rejects.toThrow('Cannot connect');
    await until(() => sockets.size > 0);
    await clock.advance(10_000);
    await failed;
    expect(clock.pending).toBe(0);
  });

  it('asks a silent connection whether it lives, and drops one that does not answer', async () => {
    const clock = new VirtualClock();
    let pings = 0;
    const server = await Server.start(sayOk);
    const wire = await Wire.to(server.port);
    const client = session([wire.url], { clock });
    await get(client);
    server.sessions[0]!.on('ping', () => pings++);
    await clock.advance(30_000);
    await until(() => pings === 1);
    // The answer came: the next question is due in half a minute, and nothing else.
    await until(() => clock.pending === 1);
    await clock.advance(29_000);
    expect(pings).toBe(1);

    wire.cut();
    await clock.advance(1000);
    await clock.advance(14_999);
    const waiting = expect(get(client)).rejects.toThrow();
    await clock.advance(1);
    await waiting;
    wire.mend();
    expect(await get(client)).toBe('ok');
    expect(server.sessions).toHaveLength(2);
  });

  it('does not take a part for the whole', async () => {
    const server = await Server.start((stream) => {
      stream.respond({ ':status': 200 });
      stream.write('a part');
    });
    const answer = await session([server.url]).request({ method: 'GET', path: '/' });
    const chunks: string[] = [];
    const reading = (async () => {
      for await (const chunk of answer.body) {
        chunks.push(chunk.toString());
        server.sessions[0]!.socket.destroy();
      }
    })();
    await expect(reading).rejects.toThrow();
    expect(chunks).toEqual(['a part']);
  });

  it('lets go of a request that is no longer wanted, and keeps the connection', async () => {
    const closed: number[] = [];
    const server = await Server.start((stream) => {
      stream.respond({ ':status': 200 });
      stream.write('begin');
      stream.on('error', () => undefined);
      stream.on('close', () => closed.push(stream.rstCode));
    });
    const client = session([server.url]);
    const abort = new AbortController();
    const reading = get(client, abort.signal);
    await until(() => server.sessions.length === 1);
    abort.abort();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    await until(() => closed.length === 1);
    await expect(get(client, abort.signal)).rejects.toMatchObject({ name: 'AbortError' });
    const again = await client.request({ method: 'GET', path: '/' });
    expect(again.status).toBe(200);
    expect(server.sessions).toHaveLength(1);
  });

  it('can be closed at any moment, and then sends nothing', async () => {
    const clock = new VirtualClock();
    const server = await Server.start((stream) => stream.respond({ ':status': 200 }));
    const client = session([server.url], { clock });
    const connecting = get(client);
    const ended = expect(connecting).rejects.toThrow();
    await client[Symbol.asyncDispose]();
    await ended;
    await expect(get(client)).rejects.toThrow('The client is closed');
    expect(clock.pending).toBe(0);

    const other = session([server.url], { clock });
    const waiting = expect(get(other)).rejects.toThrow();
    await until(() => server.sessions.length > 0 && clock.pending > 0);
    await other[Symbol.asyncDispose]();
    await waiting;
    expect(clock.pending).toBe(0);
  });

  it('goes to other servers at once when it is told to, whatever it waits for', async () => {
    const [first, second] = [await Server.start(sayOk), await Server.start(sayOk)];
    const wire = await Wire.to(first.port);
    const client = session([wire.url]);
    await get(client);
    wire.cut();
    const stuck = get(client);
    // It is under way before the servers are others.
    await Promise.resolve();
    client.useServers([second.url]);
    await expect(stuck).rejects.toThrow();
    expect(await get(client)).toBe('ok');
    expect([first.sessions.length, second.sessions.length]).toEqual([1, 1]);
  });
});
