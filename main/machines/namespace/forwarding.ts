import { mkdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { linkNames, type Bridge } from './bridge.ts';
import { passDocker, unpassDocker } from './docker-firewall.ts';
import { isBridgeName } from './link-names.ts';
import type { Nft } from './nft.ts';

const SWITCH = '/proc/sys/net/ipv4/ip_forward';
/**
 * What the switch was before the first cluster of this host turned it on. A host forgets both at the same
 * time, when it restarts; and all instances of the app on a host must agree on it.
 */
const REMEMBERED = '/run/pilothouse/ip_forward';

/** Lets machines reach the outside under the address of this host, and nobody outside reach them. */
export async function openWayOut(cluster: string, bridge: Bridge, nft: Nft): Promise<void> {
  await nft.run(['-f', '-'], tableText(cluster, bridge));
  await passDocker(bridge.name, nft);
  if ((await readFile(SWITCH, 'utf8')).trim() === '1') return;
  await mkdir(path.dirname(REMEMBERED), { recursive: true });
  await writeFile(REMEMBERED, '0\n');
  await writeFile(SWITCH, '1\n');
}

/** Undoes `openWayOut`. Called after the cluster's bridge is gone. */
export async function closeWayOut(cluster: string, bridge: string, nft: Nft, signal: AbortSignal): Promise<void> {
  await nft.run(['-f', '-'], removalText(cluster));
  await unpassDocker(bridge, nft);
  if ([...(await linkNames(signal))].some(isBridgeName)) return;
  const before = (await readFile(REMEMBERED, 'utf8').catch(() => '')).trim();
  if (before === '') return;
  await writeFile(SWITCH, `${before}\n`);
  await rm(REMEMBERED);
  await rmdir(path.dirname(REMEMBERED));
}

const tableName = (cluster: string): string => `inet pilothouse-${cluster}`;

// To add a table that is there does nothing: so this never fails, and in one transaction nothing is open between.
const removalText = (cluster: string): string =>
  `add table ${tableName(cluster)}\ndelete table ${tableName(cluster)}\n`;

/** One nftables transaction that replaces the cluster's table. */
export function tableText(cluster: string, { name, range }: Bridge): string {
  return `${removalText(cluster)}table ${tableName(cluster)} {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr ${range} oifname != "${name}" masquerade
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname "${name}" accept
    oifname "${name}" ct state established,related accept
    oifname "${name}" drop
  }
}
`;
}
