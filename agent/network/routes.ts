import { isIPv4 } from 'node:net';
import * as z from 'zod';
import { formatRange, parseRange } from '#common/kube/ipv4.ts';
import { nodeAddress } from '#common/kube/node-status.ts';
import type { Stored } from '#common/kube/object.ts';
import type { Node } from '#common/kube/resources.ts';
import { runCommand } from '../base/command.ts';

/** Marks our routes among all others (rtnetlink's rtm_protocol; below 4 and above 185 are taken by others). */
const PROTOCOL = '157';

/** Where pods of a range are: at another node, or here, where each pod has a more specific route of its own. */
export interface PodRoute {
  readonly range: string;
  /** The other node's address; nothing for this node's own range. */
  readonly via: string | undefined;
}

/** The routes that this node needs, from all nodes. */
export function podRoutes(nodes: readonly Stored<Node>[], ownName: string): PodRoute[] {
  return nodes.flatMap((node): PodRoute[] => {
    const range = rangeText(node.spec?.podCIDR ?? '');
    if (range === undefined) return [];
    // Packets to pods that are gone end here, instead of leaving by the default route and coming back.
    if (node.metadata.name === ownName) return [{ range, via: undefined }];
    const via = nodeAddress(node);
    return via === undefined || !isIPv4(via) ? [] : [{ range, via }];
  });
}

/** The range as the kernel prints it; nothing when it is none. */
function rangeText(range: string): string | undefined {
  try {
    return formatRange(parseRange(range));
  } catch {
    return undefined;
  }
}

/** The addresses of all nodes, in a stable order. */
export function nodeAddresses(nodes: readonly Stored<Node>[]): string[] {
  return nodes
    .map((node) => nodeAddress(node))
    .filter((address) => address !== undefined && isIPv4(address))
    .sort() as string[];
}

const routeSchema = z.array(z.object({ dst: z.string(), gateway: z.string().optional(), type: z.string().optional() }));

/** Makes the kernel's routes those that are wanted; others' routes are left alone. */
export async function applyRoutes(wanted: readonly PodRoute[]): Promise<void> {
  const printed = await runCommand('ip', ['-json', '-4', 'route', 'show', 'proto', PROTOCOL]);
  const present = routeSchema
    .parse(JSON.parse(printed.trim() === '' ? '[]' : printed))
    .map(({ dst, gateway }) => ({ range: dst, via: gateway }));
  const commands = routeCommands(present, wanted);
  if (commands.length > 0) await runCommand('ip', ['-batch', '-'], { input: `${commands.join('\n')}\n` });
}

/** What `ip -batch` has to do to come from what is there to what is wanted. */
export function routeCommands(present: readonly PodRoute[], wanted: readonly PodRoute[]): string[] {
  const same = (left: PodRoute, right: PodRoute): boolean => left.range === right.range && left.via === right.via;
  const surplus = present.filter((route) => !wanted.some((other) => same(route, other)));
  const missing = wanted.filter((route) => !present.some((other) => same(route, other)));
  return [
    ...surplus.map((route) => `route del ${text(route)}`),
    ...missing.map((route) => `route replace ${text(route)}`),
  ];
}

function text({ range, via }: PodRoute): string {
  return via === undefined ? `unreachable ${range} proto ${PROTOCOL}` : `${range} via ${via} proto ${PROTOCOL}`;
}
