import { createHash } from 'node:crypto';

// The kernel takes at most 15 characters (IFNAMSIZ).
const PREFIX = 'plt-';
const PORT_PREFIX = 'pltm-';

/** The bridge of a cluster, by its id where that fits. */
export function bridgeName(cluster: string): string {
  return cluster.length <= 11 ? `${PREFIX}${cluster}` : `${PREFIX}${cluster.slice(0, 4)}${digest(cluster, 7)}`;
}

/** The host's end of a machine's link. */
export function portName(machine: string): string {
  return `${PORT_PREFIX}${digest(machine, 10)}`;
}

/** Whether a link is the bridge of one of our clusters. */
export function isBridgeName(link: string): boolean {
  return link.startsWith(PREFIX);
}

function digest(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}
