import { readFile } from 'node:fs/promises';
import { parseIpv4 } from '#common/kube/ipv4.ts';

/** Where systemd-resolved lists the servers that its loopback stub asks. */
const UPSTREAM_FILE = '/run/systemd/resolve/resolv.conf';

interface ResolverSettings {
  readonly servers: readonly string[];
  readonly search: readonly string[];
}

/** The IPv4 name servers of a resolv.conf(5) that machines with a network of their own can reach. */
export function parseResolverSettings(text: string): ResolverSettings {
  const servers: string[] = [];
  let search: string[] = [];
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line.trim().split(/\s+/);
    if (keyword === 'nameserver' && isReachable(values[0] ?? '')) servers.push(values[0]!);
    if (keyword === 'search' || keyword === 'domain') search = values.filter((value) => /^[\w.-]+$/.test(value));
  }
  return { servers, search };
}

function isReachable(server: string): boolean {
  return parseIpv4(server) !== undefined && !server.startsWith('127.') && !server.startsWith('0.');
}

export async function readNameServers(): Promise<readonly string[]> {
  return (await readSettings()).servers;
}

/** A resolv.conf for a machine that asks the name servers of this host. */
export async function machineResolverFile(): Promise<string> {
  const { servers, search } = await readSettings();
  return [
    ...(search.length === 0 ? [] : [`search ${search.join(' ')}`]),
    // glibc reads no more than three.
    ...servers.slice(0, 3).map((server) => `nameserver ${server}`),
    '',
  ].join('\n');
}

async function readSettings(): Promise<ResolverSettings> {
  const own = parseResolverSettings(await readFile('/etc/resolv.conf', 'utf8').catch(() => ''));
  if (own.servers.length > 0) return own;
  const upstream = parseResolverSettings(await readFile(UPSTREAM_FILE, 'utf8').catch(() => ''));
  return { servers: upstream.servers, search: own.search.length > 0 ? own.search : upstream.search };
}
