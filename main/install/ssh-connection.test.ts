import crypto from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Server } from 'ssh2';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { MachineName, SshTarget } from '../machines/provider.ts';
import type * as Node from './node-connection.ts';
import type * as Connection from './ssh-connection.ts';
import { generateSshKeyPair } from './ssh-key.ts';

// What BoringSSL, which Electron has in the place of OpenSSL, offers of the ciphers that SSH knows.
const BORINGSSL_CIPHERS = ['aes-128-cbc', 'aes-256-cbc', 'aes-128-ctr', 'aes-256-ctr', 'aes-128-gcm', 'aes-256-gcm'];

const hostKey = generateSshKeyPair('host');
const userKey = generateSshKeyPair('user');
const { signal } = new AbortController();

let server: Server;
let target: SshTarget;
let connectSsh: typeof Connection.connectSsh;
let NodeConnection: typeof Node.NodeConnection;

// An SSH server in this process: what it says of programs is what a test tells it to.
beforeAll(async () => {
  // ssh2 asks once, when it is loaded.
  vi.spyOn(crypto, 'getCiphers').mockReturnValue(BORINGSSL_CIPHERS);
  const { default: ssh2 } = await import('ssh2');
  ({ connectSsh } = await import('./ssh-connection.ts'));
  ({ NodeConnection } = await import('./node-connection.ts'));
  const accepted = ssh2.utils.parseKey(userKey.publicKey);
  if (accepted instanceof Error) throw accepted;
  server = new ssh2.Server({ hostKeys: [hostKey.privateKey] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (request) => {
      if (request.method === 'publickey' && request.key.data.equals(accepted.getPublicSSH())) request.accept();
      else request.reject(['publickey']);
    });
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec, _reject, { command }) => {
        const channel = acceptExec();
        if (command.startsWith('silence')) return;
        if (command.startsWith('hang-up')) {
          client.end();
          return;
        }
        channel.stderr.write('first\n');
        channel.write(`${command}\n`);
        channel.exit(command.startsWith('fail') ? 3 : 0);
        channel.end();
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  target = { host: '127.0.0.1', port, user: 'root', hostKeys: [hostKey.publicKey] };
});

afterAll(async () => {
  const closed = once(server, 'close');
  server.close();
  await closed;
  vi.restoreAllMocks();
});

test('logs in with the ciphers of BoringSSL, and gives arguments on as they are', async () => {
  await using connection = await connectSsh(target, userKey.privateKey, signal);
  expect(connection.hostKey).toBe(hostKey.publicKey.split(' ').slice(0, 2).join(' '));
  const lines: string[] = [];
  const result = await connection.run(['echo', 'a b', "it's"], { signal, onLine: (line) => lines.push(line) });
  expect(result).toEqual({ exitCode: 0, stdout: "echo 'a b' 'it'\\''s' < /dev/null\n" });
  expect(lines.toSorted()).toEqual(["echo 'a b' 'it'\\''s' < /dev/null", 'first']);
});

test('a machine that shows another key than the pinned one is a stranger', async () => {
  for (const stranger of [generateSshKeyPair().publicKey, 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==']) {
    await expect(connectSsh({ ...target, hostKeys: [stranger] }, userKey.privateKey, signal)).rejects.toMatchObject({
      code: 'ssh-host-key-changed',
      params: { host: '127.0.0.1' },
    });
  }
});

test('without a pinned key, the one that was shown can be pinned', async () => {
  const { host, port, user } = target;
  await using first = await connectSsh({ host, port, user }, userKey.privateKey, signal);
  await using _second = await connectSsh({ host, port, user, hostKeys: [first.hostKey] }, userKey.privateKey, signal);
});

test('a key that the machine does not know is refused', async () => {
  await expect(connectSsh(target, generateSshKeyPair().privateKey, signal)).rejects.toMatchObject({
    code: 'ssh-refused',
    params: { host: '127.0.0.1', user: 'root' },
  });
});

test('nobody there is unreachable', async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const { createServer } = await import('node:net');
  const probe = createServer().listen(0, '127.0.0.1', () => resolve((probe.address() as AddressInfo).port));
  const port = await promise;
  await new Promise((closed) => probe.close(closed));
  await expect(connectSsh({ ...target, port }, userKey.privateKey, signal)).rejects.toMatchObject({
    code: 'ssh-unreachable',
    params: { host: '127.0.0.1', port, reason: 'ECONNREFUSED' },
  });
});

test('a program that fails is an error with its command and lines, unless its code is accepted', async () => {
  await using connection = await connectSsh(target, userKey.privateKey, signal);
  await expect(connection.run(['fail', 'x'], { signal })).rejects.toMatchObject({
    code: 'remote-command-failed',
    command: 'fail x',
    params: { host: '127.0.0.1', reason: 'exit code 3' },
    lines: expect.arrayContaining(['first']) as unknown,
  });
  expect((await connection.run(['fail'], { signal, accept: [0, 3] })).exitCode).toBe(3);
});

test('a program that says nothing for too long is given up', async () => {
  const { VirtualClock } = await import('#common/base/virtual-clock.ts');
  const clock = new VirtualClock();
  await using connection = await connectSsh(target, userKey.privateKey, signal);
  const run = connection.run(['silence'], { signal, silenceMs: 5_000, clock });
  const outcome = expect(run).rejects.toMatchObject({ params: { reason: 'no output for 5 s' } });
  await expect.poll(() => clock.pending).toBe(1);
  await clock.advance(5_000);
  await outcome;
});

test('a program can be cancelled', async () => {
  await using connection = await connectSsh(target, userKey.privateKey, signal);
  const cancel = new AbortController();
  const run = connection.run(['silence'], { signal: cancel.signal });
  cancel.abort();
  await expect(run).rejects.toMatchObject({ name: 'AbortError' });
});

test('a connection that breaks ends what runs on it, and says so', async () => {
  await using connection = await connectSsh(target, userKey.privateKey, signal);
  await expect(connection.run(['hang-up'], { signal })).rejects.toMatchObject({ code: 'ssh-unreachable' });
  expect(connection.closed).toBe(true);
  await expect(connection.run(['true'], { signal })).rejects.toMatchObject({ code: 'ssh-unreachable' });
});

const machine = { name: 'n' as MachineName, state: 'stopped', cpus: 1, memoryBytes: 2 ** 30 } as const;

test('all who ask for a node share one connection, also the next after it broke', async () => {
  let logins = 0;
  await using node = new NodeConnection(async () => {
    logins++;
    return { ...machine, state: 'running', ssh: target };
  }, userKey.privateKey);
  const askers = () => Promise.all(Array.from({ length: 5 }, () => node.get(signal)));
  const [first, ...others] = await askers();
  expect(others.every((other) => other === first)).toBe(true);
  await first!.run(['hang-up'], { signal }).catch(() => undefined);
  await vi.waitFor(() => expect(first!.closed).toBe(true));
  const [second, ...rest] = await askers();
  expect(second).not.toBe(first);
  expect(rest.every((other) => other === second)).toBe(true);
  expect(logins).toBe(2);
});

test('who asks after one that failed tries anew', async () => {
  let runs = false;
  await using node = new NodeConnection(
    async () => (runs ? { ...machine, state: 'running', ssh: target } : machine),
    userKey.privateKey,
  );
  await expect(node.get(signal)).rejects.toMatchObject({ code: 'ssh-unreachable' });
  runs = true;
  expect((await node.get(signal)).closed).toBe(false);
});
