import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { AppError } from '#common/base/app-error.ts';
import { describeError, type Log } from '#common/base/log.ts';
import type { WindowHandlers } from '#common/contract/contract.ts';
import { Connection } from './connection.ts';
import { contentSecurityPolicy, SECURITY_HEADERS } from './content-security-policy.ts';
import { MAX_FRAME_BYTES, MAX_UNREAD_BYTES } from './limits.ts';
import { NOTICE_POLICY, noticePage, type Notice } from './notice-page.ts';
import { Sessions } from './sessions.ts';
import { readSite, type Site } from './site.ts';

export interface ServeWindowOptions {
  /** The directory of the built page. */
  readonly root: string;
  readonly handlers: WindowHandlers;
  /** TCP port on 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  readonly log: Log;
  /** 32 secret bytes that sign sessions. Kept, sessions outlive a restart; by default they do not. */
  readonly sessionKey?: Uint8Array;
}

export interface WindowServer {
  readonly port: number;
  /** A fresh link that opens one session, once. */
  newUrl(): string;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';

/**
 * The window in a browser: the page over HTTP and the contract over a WebSocket, on loopback only.
 * Errors: `port-in-use`.
 */
export async function serveWindow(options: ServeWindowOptions): Promise<WindowServer> {
  const site = await readSite(options.root);
  const sessions = new Sessions(options.sessionKey);
  const server = createServer();
  await listen(server, options.port);
  const { port } = server.address() as AddressInfo;
  const door: Door = { site, sessions, host: `${HOST}:${port}`, cookie: `pilothouse_${port}` };
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES, perMessageDeflate: false });
  const connections = new Set<Promise<void>>();

  server.on('request', (request, response) => answer(door, request, response));
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refused = refuseUpgrade(door, request);
    if (refused !== undefined) {
      socket.end(`HTTP/1.1 ${refused}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const ended = converse(webSocket, options).finally(() => connections.delete(ended));
      connections.add(ended);
    });
  });

  return {
    port,
    newUrl: () => `http://${door.host}/open?token=${sessions.newToken()}`,
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await Promise.all(connections);
    },
  };
}

interface Door {
  readonly site: Site;
  readonly sessions: Sessions;
  /** The only Host and the only origin that are answered: a name that was rebound to 127.0.0.1 is not. */
  readonly host: string;
  readonly cookie: string;
}

function answer(door: Door, request: IncomingMessage, response: ServerResponse): void {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
  response.setHeader('Cache-Control', 'no-store');
  if (request.headers.host !== door.host) return void response.writeHead(421).end();
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return void response.writeHead(405, { Allow: 'GET, HEAD' }).end();
  }
  const url = URL.parse(request.url ?? '/', `http://${door.host}`);
  if (url?.pathname === '/open') {
    openSession(door, url.searchParams.get('token') ?? '', request, response);
    return;
  }
  const known = hasSession(door, request);
  // The page asks this when its WebSocket is refused, for a WebSocket does not tell why.
  if (url?.pathname === '/session') return void response.writeHead(known ? 204 : 401).end();
  if (!known) {
    sendNotice(response, 401, 'no-session');
    return;
  }
  const file = url && door.site.get(url.pathname);
  if (!file) return void response.writeHead(404).end();
  response.writeHead(200, {
    'Content-Type': file.contentType,
    'Content-Length': file.body.byteLength,
    'Cache-Control': file.cacheControl,
    'Content-Security-Policy': contentSecurityPolicy(`ws://${door.host}`),
  });
  response.end(request.method === 'HEAD' ? undefined : file.body);
}

function openSession(door: Door, token: string, request: IncomingMessage, response: ServerResponse): void {
  const cookie = door.sessions.redeem(token);
  if (cookie !== undefined) {
    response.setHeader('Set-Cookie', `${door.cookie}=${cookie}; Path=/; HttpOnly; SameSite=Strict`);
  } else if (!hasSession(door, request)) {
    sendNotice(response, 403, 'link-used');
    return;
  }
  response.writeHead(303, { Location: '/' }).end();
}

function sendNotice(response: ServerResponse, status: number, notice: Notice): void {
  response.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': NOTICE_POLICY });
  response.end(noticePage(notice));
}

function refuseUpgrade(door: Door, request: IncomingMessage): string | undefined {
  if (request.headers.host !== door.host) return '421 Misdirected Request';
  if (request.headers.origin !== `http://${door.host}`) return '403 Forbidden';
  if (!hasSession(door, request)) return '401 Unauthorized';
  return request.url === '/contract' ? undefined : '404 Not Found';
}

function hasSession(door: Door, request: IncomingMessage): boolean {
  const pairs = (request.headers.cookie ?? '').split(/;\s*/);
  const pair = pairs.find((candidate) => candidate.startsWith(`${door.cookie}=`));
  return door.sessions.accepts(pair?.slice(door.cookie.length + 1));
}

async function converse(socket: WebSocket, { handlers, log }: ServeWindowOptions): Promise<void> {
  const connection = new Connection({
    handlers,
    log,
    peer: {
      send: (frame) => socket.send(frame, { binary: false }),
      congested: () => socket.bufferedAmount > MAX_UNREAD_BYTES,
    },
  });
  socket.on('message', (data: Buffer, binary: boolean) => {
    if (binary || !connection.receive(data.toString('utf8'))) socket.close(1008);
  });
  socket.on('error', (error) => log.warn('a window sent what no window sends', { error: describeError(error) }));
  await new Promise((resolve) => socket.once('close', resolve));
  await connection.close();
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen({ port, host: HOST, exclusive: true });
  try {
    await once(server, 'listening');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'EADDRINUSE' || error.code === 'EACCES')) {
      throw new AppError('port-in-use', { params: { port }, cause: error });
    }
    throw error;
  }
}
