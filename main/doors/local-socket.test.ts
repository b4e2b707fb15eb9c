import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '#common/base/log.ts';
import { socketPath } from '../instance/socket-path.ts';
import { Instance } from '../instance/instance.ts';
import { World } from '../../test/window/world/world.ts';
import { serveLocalSocket } from './local-socket.ts';

let home: string;
let world: World;
let door: AsyncDisposable;
const sockets: Socket[] = [];

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'pilothouse-socket-'));
  world = new World();
  door = await serveLocalSocket({ home, handlers: world.handlers, log: silentLog });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await door[Symbol.asyncDispose]();
  await rm(home, { recursive: true });
});

async function open(): Promise<Socket> {
  const socket = connect(socketPath(home));
  sockets.push(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

describe('the local socket', () => {
  it('is for its owner alone', async () => {
    expect((await stat(socketPath(home))).mode & 0o777).toBe(0o600);
  });

  it('answers calls and streams', async () => {
    using instance = (await Instance.find(home))!;
    expect((await instance.call('app.info', {})).door).toBe('browser');
    await instance.call('app.setPreferences', { theme: 'dark' });
    const preferences = await instance.first('app.preferences', {}, ({ theme }) => theme === 'dark');
    expect(preferences.theme).toBe('dark');
  });

  it('answers frames that come in pieces, one line for each', async () => {
    const socket = await open();
    const frame = JSON.stringify({ type: 'call', id: 7, name: 'app.info', args: {} });
    const answer = once(createInterface({ input: socket }), 'line') as Promise<[string]>;
    socket.write(frame.slice(0, 10));
    socket.write(`${frame.slice(10)}\n`);
    expect(JSON.parse((await answer)[0])).toMatchObject({ type: 'result', id: 7 });
  });

  it.each([
    ['what is no frame', 'hello\n'],
    ['a line without end', 'x'.repeat(2 ** 20 + 2 ** 17)],
  ])('ends with %s', async (_what, sent) => {
    const socket = await open();
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.resume();
    socket.write(sent);
    await closed;
    using instance = (await Instance.find(home))!;
    expect(await instance.call('app.info', {})).toBeDefined();
  });

  it('tells a command that the app is gone', async () => {
    using instance = (await Instance.find(home))!;
    using stream = instance.follow('clusters.watch', {}, () => undefined);
    await instance.call('app.info', {});
    await door[Symbol.asyncDispose]();
    await expect(stream.failed).rejects.toMatchObject({ code: 'connection-lost' });
    expect(await Instance.find(home)).toBeUndefined();
  });

  it('takes the place of what a killed app has left', async () => {
    await door[Symbol.asyncDispose]();
    door = await serveLocalSocket({ home, handlers: world.handlers, log: silentLog });
    const again = await serveLocalSocket({ home, handlers: world.handlers, log: silentLog });
    using instance = (await Instance.find(home))!;
    expect(await instance.call('app.info', {})).toBeDefined();
    await again[Symbol.asyncDispose]();
  });
});
