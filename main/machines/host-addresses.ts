import { parseRoutes } from './address-ranges.ts';
import { runTool } from './host-tool.ts';
import { readNameServers } from './name-servers.ts';

/**
 * Networks that a new cluster must not use because this (Linux) host needs them: all that it routes,
 * and its name servers, which often lie behind the default route.
 */
export async function readTakenRanges(signal: AbortSignal): Promise<readonly string[]> {
  const [routes, servers] = await Promise.all([
    runTool('ip', ['-4', '-json', 'route', 'show', 'table', 'all'], { signal }),
    readNameServers(),
  ]);
  return [...parseRoutes(routes), ...servers.map((server) => `${server}/32`)];
}
