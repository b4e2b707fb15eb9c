import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLog } from '#common/base/log.ts';
import { Scope } from '#common/base/scope.ts';
import type { ApiServers } from '#common/contract/agent-config.ts';
import { PodRelay } from './pod-relay.ts';
import { ServersFile } from './servers-file.ts';

/** The system tells of files in its own time. */
const until = <T>(check: () => T): Promise<T> => vi.waitUntil(check, { interval: 2, timeout: 20_000 });

const SERVER = 'https://10.89.0.1:6443';

let directory: string;
let file: string;
let scope: Scope;
let servers: ServersFile;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'pilothouse-reach-'));
  file = path.join(directory, 'servers.json');
  scope = new Scope((error) => {
    throw error;
  });
  await tell({ servers: [SERVER] });
  servers = await ServersFile.open(file, silentLog);
  scope.run('file', (signal) => servers.run(signal));
});
afterEach(async () => {
  await scope.close();
  await rm(directory, { recursive: true });
});

/** As the installer puts files in place. */
async function tell(content: ApiServers | string): Promise<void> {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  await writeFile(`${file}.part`, text);
  await rename(`${file}.part`, file);
}

describe('where the master is', () => {
  it('is followed as it is written, the tunnel before all else', async () => {
    let changes = 0;
    using _changes = servers.subscribe(() => changes++);
    expect([servers.addresses, servers.tunnel]).toEqual([[SERVER], undefined]);
    await tell({ servers: [SERVER], tunnel: 4001 });
    await until(() => servers.tunnel === 4001);
    expect(servers.addresses).toEqual(['https://127.0.0.1:4001', SERVER]);
    await tell({ servers: [SERVER] });
    await until(() => servers.tunnel === undefined);
    expect(changes).toBe(2);
  });

  it('stays what it was when what is written cannot be used', async () => {
    for (const text of ['{"servers":[', '{"servers":[]}', '{"servers":["x"]}']) await tell(text);
    await tell({ servers: [], tunnel: 4002 });
    await until(() => servers.tunnel === 4002);
    expect(servers.addresses).toEqual(['https://127.0.0.1:4002']);
    await tell('{}');
    await expect(ServersFile.open(file, silentLog)).rejects.toThrow(`${file} is not usable`);
  });
});

describe('the relay for pods', () => {
  let tunnel: Server;
  let port: number;

  beforeEach(async () => {
    // Says back what it heard, once it has heard all.
    tunnel = createServer({ allowHalfOpen: true }, (socket) => void socket.pipe(socket)).listen(0, '127.0.0.1');
    await once(tunnel, 'listening');
    ({ port } = tunnel.address() as AddressInfo);
    scope.defer(() => void tunnel.close());
  });

  const start = (podRange: string): PodRelay => {
    const relay = scope.hold(new PodRelay({ servers, address: '127.0.0.1', podRange }));
    scope.run('relay', (signal) => relay.run(signal));
    return relay;
  };

  async function say(to: number, words: string): Promise<string> {
    const socket = connect(to, '127.0.0.1');
    socket.end(words);
    let heard = '';
    for await (const chunk of socket) heard += String(chunk);
    return heard;
  }

  it('is there only while there is a tunnel, and leads into it', async () => {
    const relay = start('10.244.0.0/16');
    expect(relay.endpoint).toBeUndefined();
    await tell({ servers: [], tunnel: port });
    const endpoint = (await until(() => relay.endpoint))!;
    expect(await say(endpoint.port, 'hello')).toBe('hello');
    await tell({ servers: [SERVER] });
    await until(() => relay.endpoint === undefined);
    await expect(say(endpoint.port, 'hello')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('ends connections when the tunnel is gone', async () => {
    const relay = start('10.244.0.0/16');
    const closed = once(tunnel, 'close');
    tunnel.close();
    await closed;
    await tell({ servers: [], tunnel: port });
    const endpoint = (await until(() => relay.endpoint))!;
    expect(await say(endpoint.port, 'hello').catch(() => '')).toBe('');
  });
});
