import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '#common/base/app-error.ts';
import { silentLog } from '#common/base/log.ts';
import { seededRandom } from '#common/base/random.ts';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import type { ApiServers } from '#common/contract/agent-config.ts';
import type { Reach } from '#common/contract/cluster.ts';
import type { Forwarding } from '../ssh-forwarding.ts';
import { NodeReach } from './node-reach.ts';
import type { NodeSide } from './node-side.ts';

const [NEAR, OTHER] = ['https://10.89.0.1:6443', 'https://192.168.1.5:6443'] as const;
const { signal } = new AbortController();

/** A node as its firewall and its SSH server let it be. */
class Node implements NodeSide {
  reached: readonly string[] = [NEAR];
  isUp = true;
  probes = 0;
  /** By port, those that are open. */
  readonly tunnels = new Map<number, AbortController>();
  readonly announced: ApiServers[] = [];
  #nextPort = 4001;

  async probe() {
    this.probes++;
    this.#needUp();
    return { servers: [NEAR, OTHER], reached: this.reached };
  }

  async openTunnel(): Promise<Forwarding> {
    this.#needUp();
    const port = this.#nextPort++;
    const broken = new AbortController();
    this.tunnels.set(port, broken);
    return {
      port,
      lost: broken.signal,
      [Symbol.asyncDispose]: async () => void this.tunnels.delete(port),
    };
  }

  async announce(servers: ApiServers) {
    this.#needUp();
    this.announced.push(servers);
  }

  /** All that goes through the SSH connection ends. */
  cut(): void {
    for (const broken of this.tunnels.values()) broken.abort();
    this.tunnels.clear();
  }

  #needUp(): void {
    if (!this.isUp) throw new AppError('ssh-unreachable', { params: { host: 'node', port: 22, reason: 'ETIMEDOUT' } });
  }
}

let node: Node;
let clock: VirtualClock;
let told: Reach[];
let reach: NodeReach;

beforeEach(() => {
  node = new Node();
  clock = new VirtualClock();
  told = [];
  const changed = (now: Reach): void => void told.push(now);
  reach = new NodeReach({ side: node, changed, clock, random: seededRandom(1), log: silentLog });
});
afterEach(async () => {
  await reach[Symbol.asyncDispose]();
  expect(clock.pending).toBe(0);
});

describe('a node that reaches this computer', () => {
  it('is told to go directly, best address first, and costs nothing from then on', async () => {
    node.reached = [OTHER];
    expect(await reach.establish(signal)).toBe('direct');
    expect(node.announced).toEqual([{ servers: [OTHER, NEAR] }]);
    await clock.advance(3_600_000);
    expect([node.probes, node.tunnels.size, clock.pending]).toEqual([1, 0, 0]);
  });

  it('goes over to a tunnel when it falls silent because it does not any more', async () => {
    await reach.establish(signal);
    node.reached = [];
    reach.suspect();
    await clock.advance(0);
    expect(told).toEqual(['direct', 'tunnel']);
    expect(node.announced.at(-1)).toEqual({ servers: [NEAR, OTHER], tunnel: 4001 });
  });

  it('is looked at again while it stays silent, ever more seldom, and no more once it is heard of', async () => {
    await reach.establish(signal);
    reach.suspect();
    await clock.advance(120_000);
    const looks = node.probes;
    expect(looks).toBeGreaterThan(4);
    expect(looks).toBeLessThan(10);
    expect(told).toEqual(['direct']);
    reach.heard();
    // What was waited for already still comes.
    await clock.advance(60_000);
    const last = node.probes;
    await clock.advance(3_600_000);
    expect(node.probes).toBe(last);
  });
});

describe('a node that does not reach this computer', () => {
  beforeEach(() => (node.reached = []));

  it('is given one tunnel, which stays as it is', async () => {
    expect(await reach.establish(signal)).toBe('tunnel');
    await clock.advance(600_000);
    expect([...node.tunnels.keys()]).toEqual([4001]);
    expect(told).toEqual(['tunnel']);
    // Once a minute in the end.
    expect(node.probes).toBeLessThan(20);
  });

  it('goes back to the direct way by itself, and nothing of the tunnel is left', async () => {
    await reach.establish(signal);
    node.reached = [NEAR];
    await clock.advance(2_000);
    expect(told).toEqual(['tunnel', 'direct']);
    expect(node.announced.at(-1)).toEqual({ servers: [NEAR, OTHER] });
    expect([node.tunnels.size, clock.pending]).toEqual([0, 0]);
  });

  it('has its tunnel opened again at once when that breaks, and told where it is now', async () => {
    await reach.establish(signal);
    node.cut();
    await clock.advance(0);
    expect([...node.tunnels.keys()]).toEqual([4002]);
    expect(node.announced.at(-1)).toMatchObject({ tunnel: 4002 });
    expect(told).toEqual(['tunnel']);
  });

  it('is tried with back-off while SSH does not answer, for as long as that takes', async () => {
    await reach.establish(signal);
    node.isUp = false;
    node.cut();
    await clock.advance(600_000);
    const tries = node.probes;
    expect(tries).toBeGreaterThan(20);
    expect(tries).toBeLessThan(40);
    node.isUp = true;
    await clock.advance(30_000);
    expect([...node.tunnels.keys()]).toEqual([4002]);
  });
});

describe('a node that cannot be reached at first', () => {
  it('fails whoever waits for the way', async () => {
    node.isUp = false;
    await expect(reach.establish(signal)).rejects.toMatchObject({ code: 'ssh-unreachable' });
    await clock.advance(600_000);
    expect(node.probes).toBe(1);
  });

  it('is found in the background by whoever does not wait', async () => {
    node.isUp = false;
    reach.keep();
    await clock.advance(10_000);
    node.isUp = true;
    await clock.advance(30_000);
    expect(told).toEqual(['direct']);
  });
});

it('closes its tunnel when it is let go of', async () => {
  node.reached = [];
  await reach.establish(signal);
  await reach[Symbol.asyncDispose]();
  expect(node.tunnels.size).toBe(0);
  await clock.advance(600_000);
  expect(node.probes).toBe(1);
});
