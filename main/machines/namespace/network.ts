import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { describeError } from '#common/base/log.ts';
import { addressAt, parseRange } from '#common/kube/ipv4.ts';
import { chooseRange } from '../address-ranges.ts';
import { readTakenRanges } from '../host-addresses.ts';
import { ensureBridge, removeLink, type Bridge } from './bridge.ts';
import { withFileLock } from './file-lock.ts';
import { closeWayOut, openWayOut } from './forwarding.ts';
import type { NamespaceHost } from './host.ts';
import { bridgeName } from './link-names.ts';
import { hostNft } from './nft.ts';
import { ClusterFiles, readBridge, writeRecord } from './state-files.ts';

// Networks are chosen by what the host routes: two choices at once would see the same as free.
const lockFile = (host: NamespaceHost): string => path.join(host.cacheDirectory, 'network.lock');

/** Makes the cluster's network, choosing it the first time; or makes it again, as after a restart of the host. */
export async function ensureNetwork(
  host: NamespaceHost,
  cluster: string,
  image: string,
  signal: AbortSignal,
): Promise<Bridge> {
  const files = new ClusterFiles(host.stateDirectory, cluster);
  return withFileLock(lockFile(host), signal, async () => {
    const bridge = (await readBridge(files.network)) ?? (await chooseNetwork(host, cluster, signal));
    await ensureBridge(bridge, signal);
    try {
      await openWayOut(cluster, bridge, hostNft(image, signal));
    } catch (error) {
      signal.throwIfAborted();
      host.log.warn('machines cannot reach the outside', { cluster, error: describeError(error) });
    }
    return bridge;
  });
}

/** Removes the cluster's network from the host. Its record goes with the cluster's directory. */
export async function removeNetwork(
  host: NamespaceHost,
  cluster: string,
  image: string,
  signal: AbortSignal,
): Promise<void> {
  await withFileLock(lockFile(host), signal, async () => {
    await removeLink(bridgeName(cluster), signal);
    try {
      await closeWayOut(cluster, bridgeName(cluster), hostNft(image, signal), signal);
    } catch (error) {
      signal.throwIfAborted();
      host.log.warn('rules of a cluster were left on this host', { cluster, error: describeError(error) });
    }
  });
}

async function chooseNetwork(host: NamespaceHost, cluster: string, signal: AbortSignal): Promise<Bridge> {
  const range = chooseRange('machines', [...(await readTakenRanges(signal)), ...(await otherRanges(host))]);
  const bridge = {
    name: bridgeName(cluster),
    range,
    hostAddress: addressAt(parseRange(range), 1),
  };
  const files = new ClusterFiles(host.stateDirectory, cluster);
  await mkdir(files.directory, { recursive: true, mode: 0o700 });
  await writeRecord(files.network, bridge);
  return bridge;
}

/** Ranges of clusters whose bridges may be gone since the host restarted. */
async function otherRanges(host: NamespaceHost): Promise<readonly string[]> {
  const clusters = await readdir(host.stateDirectory).catch(() => []);
  const records = await Promise.all(
    clusters.map((cluster) =>
      readBridge(path.join(host.stateDirectory, cluster, 'network.json')).catch(() => undefined),
    ),
  );
  return records.filter((record) => record !== undefined).map((record) => record.range);
}
