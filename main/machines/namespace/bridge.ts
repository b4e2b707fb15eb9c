import { z } from 'zod';
import { runTool } from '../host-tool.ts';

/** The link that all machines of a cluster share, with this host on it. */
export interface Bridge {
  readonly name: string;
  /** Such as `10.89.0.0/24`. */
  readonly range: string;
  /** Of this host on the bridge. */
  readonly hostAddress: string;
}

const linkSchema = z.array(z.object({ ifname: z.string().optional() }));

/** A hardware address that is always the same for an IPv4 address, so that no ARP cache goes stale. */
export function hardwareAddress(ipv4: string): string {
  const bytes = ipv4.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
  return ['02', '42', ...bytes].join(':');
}

/** Makes the bridge, or what is missing of it. A host forgets its links when it restarts. */
export async function ensureBridge(bridge: Bridge, signal: AbortSignal): Promise<void> {
  const { name, hostAddress, range } = bridge;
  if (!(await linkNames(signal)).has(name)) {
    // Without an address of its own a bridge takes one of its ports', which changes as machines come and go.
    const address = ['address', hardwareAddress(hostAddress)];
    await runTool('ip', ['link', 'add', 'name', name, ...address, 'type', 'bridge'], { signal });
  }
  const prefix = range.slice(range.indexOf('/'));
  await runTool('ip', ['address', 'replace', `${hostAddress}${prefix}`, 'dev', name], { signal });
  await runTool('ip', ['link', 'set', name, 'up'], { signal });
}

export async function removeLink(name: string, signal: AbortSignal): Promise<void> {
  if (!(await linkNames(signal)).has(name)) return;
  try {
    await runTool('ip', ['link', 'delete', name], { signal });
  } catch (error) {
    // The other end of a machine's link vanishes with the machine, at any moment.
    if ((await linkNames(signal)).has(name)) throw error;
  }
}

export async function linkNames(signal: AbortSignal): Promise<ReadonlySet<string>> {
  const links = linkSchema.parse(JSON.parse(await runTool('ip', ['-json', 'link', 'show'], { signal })));
  return new Set(links.map((link) => link.ifname).filter((name) => name !== undefined));
}
