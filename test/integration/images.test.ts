import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import http from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../../resources/images/compiler.ts';
import { buildAllImages } from '../../resources/images/build.ts';
import { productImages } from '../../resources/images/images.ts';
import type { Architecture } from '../../resources/images/manifest.ts';

const architecture: Architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
const sources = path.resolve(import.meta.dirname, '../../resources/images');

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'pilothouse-images-test-'));
  for (const { name, source, defines } of productImages) {
    await compile(path.join(sources, source), path.join(directory, name), architecture, defines);
  }
}, 180_000);

afterAll(() => rm(directory, { recursive: true }));

test('two builds give the same bytes', async () => {
  const [one, two] = [path.join(directory, 'one'), path.join(directory, 'two')];
  await buildAllImages(one);
  await buildAllImages(two);
  const files = ['manifest.json', ...productImages.flatMap(({ name }) => [`${name}-amd64.tar`, `${name}-arm64.tar`])];
  for (const file of files) {
    expect((await readFile(path.join(one, file))).equals(await readFile(path.join(two, file)))).toBe(true);
  }
}, 180_000);

test('pause reaps the children that are left to it, and ends when told to', async () => {
  const pause = spawn('sh', ['-c', 'sleep 0.05 & exec "$0"', path.join(directory, 'pause')], { stdio: 'ignore' });
  const ended = once(pause, 'exit');
  await expect.poll(() => readFile(`/proc/${pause.pid!}/comm`, 'utf8')).toBe('pause\n');
  const children = (): Promise<string> => readFile(`/proc/${pause.pid!}/task/${pause.pid!}/children`, 'utf8');
  await expect.poll(children).toBe('');
  pause.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});

describe('the sample web app', () => {
  let web: ChildProcess;
  let port: number;

  beforeAll(async () => {
    port = await freePort();
    web = spawn(path.join(directory, 'web-2'), {
      env: { PORT: String(port), POD_NAME: '<b>"pod" & \'co\'</b>', POD_IP: '10.1.2.3', HOSTNAME: 'unused' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [greeting] = (await once(web.stdout!, 'data')) as [Buffer];
    web.stdout!.resume();
    expect(greeting.toString()).toBe(`version 2 listens on port ${port}\n`);
  });

  afterAll(() => void web.kill('SIGKILL'));

  test('shows itself as a page that nothing in its surroundings can break', async () => {
    const { status, headers, body } = await get('/');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(body).toContain('<h1>Version 2</h1>');
    expect(body).toContain('&lt;b&gt;&quot;pod&quot; &amp; &#39;co&#39;&lt;/b&gt;');
    expect(body).not.toContain('<b>');
    expect(body).not.toMatch(/https?:/);
  });

  test('shows the same as JSON, to its own origin only', async () => {
    const { body, headers } = await get('/api?x=1');
    const seen = JSON.parse(body) as { requests: number };
    expect(seen).toMatchObject({ version: '2', pod: '<b>"pod" & \'co\'</b>', podIP: '10.1.2.3', node: 'unknown' });
    expect(headers['access-control-allow-origin']).toBeUndefined();
    // Probes are no requests of anybody.
    expect((await get('/healthz')).body).toBe('ok');
    const next = JSON.parse((await get('/api')).body) as { requests: number };
    expect(next.requests).toBe(seen.requests + 1);
  });

  test('knows nothing else', async () => {
    expect((await get('/nothing')).status).toBe(404);
    expect((await get('/', 'DELETE')).status).toBe(405);
    const head = await get('/', 'HEAD');
    expect([head.status, head.body]).toEqual([200, '']);
  });

  test('serves several requests on one connection, and closes it when asked to', async () => {
    const request = (path: string, ...lines: string[]): string =>
      [`GET ${path} HTTP/1.1`, 'Host: web', ...lines, '', ''].join('\r\n');
    const answer = await raw(request('/healthz') + request('/api') + request('/healthz', 'Connection: close'));
    expect(answer.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(3);
    expect(answer.match(/^Connection: .*$/gm)).toEqual([
      'Connection: keep-alive',
      'Connection: keep-alive',
      'Connection: close',
    ]);
    expect(await raw('GET /healthz HTTP/1.0\r\n\r\n')).toMatch(/^Connection: close\r$/m);
  });

  test.each([
    ['nonsense\r\n\r\n', 400],
    ['GET / HTTP/2.0\r\n\r\n', 400],
    [`GET /${'x'.repeat(2_000)} HTTP/1.1\r\n\r\n`, 400],
    [`GET / HTTP/1.1\r\n${'x'.repeat(8_200)}`, 431],
  ])('refuses what is no request (%#)', async (bytes, status) => {
    expect(await raw(bytes)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  test('serves more clients than it has places for', async () => {
    const agent = new http.Agent({ keepAlive: true });
    const bodies = await Promise.all(
      Array.from({ length: 400 }, async () => {
        await get('/healthz', 'GET', agent);
        return (await get('/healthz', 'GET', agent)).body;
      }),
    );
    agent.destroy();
    expect(new Set(bodies)).toEqual(new Set(['ok']));
  }, 30_000);

  test('ends at once when told to, with clients connected', async () => {
    const client = connect(port, '127.0.0.1');
    // It may be reset rather than closed: the kernel takes connections in before the process accepts them.
    client.on('error', () => {});
    await once(client, 'connect');
    const ended = once(web, 'exit');
    web.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    client.destroy();
  });

  test('says what is wrong with its port', async () => {
    for (const wrong of ['0', '99999', 'http', '80x']) {
      const failing = spawn(path.join(directory, 'web-1'), {
        env: { PORT: wrong },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      const [message, [code]] = await Promise.all([text(failing.stderr), once(failing, 'exit') as Promise<[number]>]);
      expect([code, message]).toEqual([1, `PORT must be a number from 1 to 65535, not "${wrong}"\n`]);
    }
  });

  interface Answer {
    readonly status: number | undefined;
    readonly headers: http.IncomingHttpHeaders;
    readonly body: string;
  }

  async function get(target: string, method = 'GET', agent?: http.Agent): Promise<Answer> {
    const request = http.request({ port, path: target, method, ...(agent ? { agent } : { agent: false }) });
    request.end();
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    return { status: response.statusCode, headers: response.headers, body: await text(response) };
  }

  /** Sends bytes as they are, and gives all that comes back until the server closes. */
  async function raw(bytes: string): Promise<string> {
    const socket = connect(port, '127.0.0.1');
    socket.write(bytes);
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
    await once(socket, 'close');
    return received;
  }
});

async function freePort(): Promise<number> {
  const server = http.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}
