import { isIPv4 } from 'node:net';
import { z } from 'zod';
import { AppError } from '#common/base/app-error.ts';
import { abortReason } from '#common/base/abort.ts';
import type { Clock } from '#common/base/clock.ts';
import type { ApiServers } from '#common/contract/agent-config.ts';
import { nodePaths } from '../node-context.ts';
import type { SshConnection } from '../ssh-connection.ts';
import type { Forwarding } from '../ssh-forwarding.ts';

/** What is done on a node about its way to the master. All of it fails when the node cannot be reached by SSH. */
export interface NodeSide {
  /** Where the master may be found, and which of that the node reaches by itself. */
  probe(signal: AbortSignal): Promise<{ readonly servers: readonly string[]; readonly reached: readonly string[] }>;
  openTunnel(signal: AbortSignal): Promise<Forwarding>;
  /** Tells the agent where the master is; it follows at once. */
  announce(servers: ApiServers, signal: AbortSignal): Promise<void>;
}

export interface NodeSideOptions {
  readonly ssh: (signal: AbortSignal) => Promise<SshConnection>;
  /**
   * Where the master may be found by a node that this computer reaches from `localAddress`, best first; it listens
   * there once this resolves.
   */
  readonly servers: (localAddress: string | undefined) => Promise<readonly string[]>;
  /** Where this computer reaches the master. */
  readonly master: { readonly host: string; readonly port: number };
  readonly serverName: string;
  /** PEM. */
  readonly certificateAuthority: string;
  readonly clock: Clock;
}

/** What a connection takes at most, on the node; what drops packets gives no answer at all. */
const PATIENCE_MS = 3_000;
/** After that it is not the master that is silent but the SSH connection. */
const SILENCE_MS = 10_000;

/**
 * Says hello over TLS to every server that it is given on its standard input, and prints those that are who they
 * should be. Run by the node's own runtime: whatever else a machine has, or has not, makes no difference.
 */
const PROBE = `
const { servers, serverName, ca, patienceMs } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
const answers = (server) => new Promise((resolve) => {
  const { hostname: host, port } = new URL(server);
  const socket = require('node:tls').connect({ host, port: Number(port || 443), servername: serverName, ca });
  const settle = (answer) => { socket.destroy(); resolve(answer); };
  socket.setTimeout(patienceMs, () => settle(false));
  socket.once('secureConnect', () => settle(true));
  socket.once('error', () => settle(false));
});
Promise.all(servers.map(answers)).then((found) =>
  console.log(JSON.stringify(servers.filter((_, index) => found[index]))));
`;

/** The node at the other end of its SSH connection. */
export function nodeSide(options: NodeSideOptions): NodeSide {
  const { ssh } = options;
  return {
    async probe(signal) {
      const connection = await ssh(signal);
      const servers = await options.servers(nodeFacing(connection.localAddress));
      return { servers, reached: servers.length === 0 ? [] : await reachedFrom(connection, servers, options, signal) };
    },
    openTunnel: async (signal) => (await ssh(signal)).forward(options.master, signal),
    async announce(servers, signal) {
      const text = Buffer.from(`${JSON.stringify(servers)}\n`);
      await (await ssh(signal)).upload(text, nodePaths.servers, { mode: 0o600, signal });
    },
  };
}

/** A connection through a forwarded port of this computer says nothing of how the machine sees it. */
function nodeFacing(address: string): string | undefined {
  return isIPv4(address) && !address.startsWith('127.') ? address : undefined;
}

async function reachedFrom(
  connection: SshConnection,
  servers: readonly string[],
  { serverName, certificateAuthority: ca, clock }: NodeSideOptions,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { host, port } = connection.target;
  // A connection that was cut in silence (sleep, a network that is gone) would keep us waiting.
  const silent = new AbortController();
  using _alarm = clock.after(SILENCE_MS, () => silent.abort());
  const input = JSON.stringify({ servers, serverName, ca, patienceMs: PATIENCE_MS });
  let stdout: string;
  try {
    ({ stdout } = await connection.run([nodePaths.runtime, '-e', PROBE], {
      input,
      signal: AbortSignal.any([signal, silent.signal]),
    }));
  } catch (error) {
    if (signal.aborted) throw abortReason(signal);
    if (!silent.signal.aborted) throw error;
    await connection[Symbol.asyncDispose]();
    throw new AppError('ssh-unreachable', { params: { host, port, reason: 'the connection went silent' } });
  }
  const parsed = z.array(z.enum(servers)).safeParse(jsonOf(stdout));
  if (parsed.success) return parsed.data;
  throw new AppError('node-probe-failed', { params: { host, reason: stdout.trim().slice(0, 200) } });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
