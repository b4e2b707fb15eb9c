import { z } from 'zod';
import { ifThere, type Nft } from './nft.ts';

/**
 * Docker sets the host to forward nothing but its own traffic, and leaves one chain to its users for exceptions.
 * Source: https://docs.docker.com/engine/network/packet-filtering-firewalls/
 */
const CHAIN = ['ip', 'filter', 'DOCKER-USER'];

const commentOf = (bridge: string): string => `pilothouse ${bridge}`;

/** Makes the exception for a cluster's bridge where Docker stands guard; elsewhere does nothing. Idempotent. */
export async function passDocker(bridge: string, nft: Nft): Promise<void> {
  const rules = await chainRules(nft);
  if (rules === undefined || rules.some((rule) => rule.comment === commentOf(bridge))) return;
  for (const direction of ['iifname', 'oifname']) {
    // What comes in to the bridge from elsewhere was judged by the cluster's own table.
    const match = `${direction} "${bridge}" counter accept comment "${commentOf(bridge)}"`;
    await nft.run(['-f', '-'], `insert rule ${CHAIN.join(' ')} ${match}\n`);
  }
}

/** Takes the exception back. */
export async function unpassDocker(bridge: string, nft: Nft): Promise<void> {
  for (const rule of (await chainRules(nft)) ?? []) {
    if (rule.comment !== commentOf(bridge)) continue;
    await nft.run(['delete', 'rule', ...CHAIN, 'handle', String(rule.handle)]);
  }
}

const listingSchema = z.object({
  nftables: z.array(z.object({ rule: z.object({ handle: z.number(), comment: z.string().optional() }).optional() })),
});

interface Rule {
  readonly handle: number;
  readonly comment?: string | undefined;
}

/** Undefined when there is no such chain. */
async function chainRules(nft: Nft): Promise<readonly Rule[] | undefined> {
  const text = await ifThere(nft.run(['--json', '--handle', 'list', 'chain', ...CHAIN]));
  if (text === undefined) return undefined;
  return listingSchema.parse(JSON.parse(text)).nftables.flatMap(({ rule }) => (rule ? [rule] : []));
}
