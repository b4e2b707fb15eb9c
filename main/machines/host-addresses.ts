import { networkInterfaces } from 'node:os';
import { parseRoutes } from './address-ranges.ts';
import { runTool } from './host-tool.ts';
import { readNameServers } from './name-servers.ts';

/**
 * Networks that a new cluster must not use because this host needs them: all that it routes (elsewhere than on Linux
 * only those that it is in), and its name servers, which often lie behind the default route.
 */
export async function readTakenRanges(signal: AbortSignal): Promise<readonly string[]> {
  const [routes, servers] = await Promise.all([
    process.platform === 'linux' ? readRoutes(signal) : ownNetworks(),
    readNameServers(),
  ]);
  return [...routes, ...servers.map((server) => `${server}/32`)];
}

async function readRoutes(signal: AbortSignal): Promise<readonly string[]> {
  return parseRoutes(await runTool('ip', ['-4', '-json', 'route', 'show', 'table', 'all'], { signal }));
}

function ownNetworks(): readonly string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.map(({ cidr }) => cidr).filter((cidr) => cidr !== null);
}
