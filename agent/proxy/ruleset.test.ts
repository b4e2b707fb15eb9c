import { describe, expect, it } from 'vitest';
import { seededRandom, type Random } from '#common/base/random.ts';
import { NftTable } from '../testing/nft-table.ts';
import type { Endpoint, ServicePort } from './model.ts';
import { ruleset, type Ruleset } from './ruleset.ts';
import { changeScript, fullScript } from './script.ts';

const NOTHING = ruleset([]);

const endpoints = (count: number, local = false): Endpoint[] =>
  Array.from({ length: count }, (_endpoint, index) => ({ address: `10.244.1.${index + 2}`, port: 8080, local }));

const port = (change: Partial<ServicePort> = {}): ServicePort => ({
  service: 'default/web',
  clusterIP: '10.96.0.5',
  protocol: 'tcp',
  port: 80,
  nodePort: undefined,
  affinitySeconds: undefined,
  endpoints: endpoints(2),
  ...change,
});

describe('the rules of a service port', () => {
  it('are elements that lead to a choice, and its endpoints by number', () => {
    const rules = ruleset([port({ nodePort: 30080 })]);
    expect(Object.fromEntries(rules.maps.services)).toEqual({ '10.96.0.5 . tcp . 80': 'goto pick-2' });
    expect(Object.fromEntries(rules.maps['service-endpoints'])).toEqual({
      '10.96.0.5 . tcp . 80 . 0x00010000': '10.244.1.2 . 8080',
      '10.96.0.5 . tcp . 80 . 0x00010001': '10.244.1.3 . 8080',
    });
    expect(Object.fromEntries(rules.maps.nodeports)).toEqual({ 'tcp . 30080': 'goto nodeport-pick-2' });
    // The bit that asks for masquerading is set, and is none of those that number the endpoints.
    expect([...rules.maps['nodeport-endpoints'].keys()]).toEqual([
      'tcp . 30080 . 0x00018000',
      'tcp . 30080 . 0x00018001',
    ]);
    expect(rules.chains.get('pick-2')).toEqual([
      'meta mark set numgen random mod 2 offset 65536',
      'meta l4proto { tcp, udp, sctp } dnat ip to ip daddr . meta l4proto . th dport . meta mark map @service-endpoints',
    ]);
  });

  it('share the choice with all ports that have as many endpoints', () => {
    const rules = ruleset([port(), port({ port: 81 }), port({ port: 82, endpoints: endpoints(1) })]);
    expect([...rules.chains.keys()]).toEqual(['pick-2', 'pick-1']);
    expect(rules.chains.get('pick-1')?.[0]).toBe('meta mark set 0x00010000');
  });

  it('are none without endpoints: the range of cluster IPs is refused as a whole', () => {
    expect(ruleset([port({ endpoints: [], nodePort: 30080 })])).toEqual(NOTHING);
  });

  it('let a pod reach itself', () => {
    expect([...ruleset([port({ endpoints: endpoints(1, true) })]).hairpins]).toEqual(['10.244.1.2 . 10.244.1.2']);
    expect([...ruleset([port()]).hairpins]).toEqual([]);
  });

  it('send a client where it was before, for as long as it keeps coming', () => {
    const rules = ruleset([port({ affinitySeconds: 60, nodePort: 30080 })]);
    const [chain] = [...rules.maps.services.values()].map((verdict) => verdict.replace('goto ', ''));
    const [first, second] = [...rules.sets.keys()];
    expect([...rules.sets.values()]).toEqual([60, 60]);
    expect(rules.chains.get(chain!)).toEqual([
      `ip saddr @${first!} goto ${first!}-endpoint`,
      `ip saddr @${second!} goto ${second!}-endpoint`,
      `numgen random mod 2 vmap { 0 : goto ${first!}-endpoint, 1 : goto ${second!}-endpoint }`,
    ]);
    expect(rules.chains.get(`${first!}-endpoint`)).toEqual([
      `update @${first!} { ip saddr timeout 60s }`,
      'meta l4proto tcp dnat ip to 10.244.1.2:8080',
    ]);
    expect(rules.chains.get(`nodeport-${chain!}`)).toEqual(['meta mark set 0x00018000', `goto ${chain!}`]);
  });
});

describe('the script that changes the kernel', () => {
  it('makes the table anew in one transaction', () => {
    const script = fullScript({ pods: '10.244.0.0/16', services: '10.96.0.0/16' }, ruleset([port()]));
    expect(script.split('\n').slice(0, 3)).toEqual([
      'table ip pilothouse',
      'delete table ip pilothouse',
      'table ip pilothouse {',
    ]);
    expect(script).toContain('meta mark and 4294934528 == 98304 masquerade');
    expect(script).toContain('add element ip pilothouse services { 10.96.0.5 . tcp . 80 : goto pick-2 }');
  });

  it('is empty when nothing changes', () => {
    const ports = [port({ nodePort: 30080 }), port({ port: 81, affinitySeconds: 60 })];
    expect(changeScript(ruleset(ports), ruleset(ports))).toBe('');
  });

  it('touches what changed alone', () => {
    const before = ruleset([port(), port({ port: 81 })]);
    const moved = [{ address: '10.244.1.9', port: 8080, local: false }, endpoints(2)[1]!];
    expect(changeScript(before, ruleset([port({ endpoints: moved }), port({ port: 81 })]))).toBe(
      [
        'delete element ip pilothouse service-endpoints { 10.96.0.5 . tcp . 80 . 0x00010000 }',
        'add element ip pilothouse service-endpoints { 10.96.0.5 . tcp . 80 . 0x00010000 : 10.244.1.9 . 8080 }',
        '',
      ].join('\n'),
    );
  });

  it.each(Array.from({ length: 20 }, (_run, seed) => seed))(
    'leads from any rules to any others as if they were made anew (seed %i)',
    (seed) => {
      const random = seededRandom(seed);
      const table = new NftTable();
      let held: Ruleset = NOTHING;
      for (let step = 0; step < 25; step++) {
        const wanted = step === 24 ? NOTHING : ruleset(anyPorts(random));
        table.run(changeScript(held, wanted));
        const fresh = new NftTable();
        fresh.run(changeScript(NOTHING, wanted));
        expect(contents(table)).toEqual(contents(fresh));
        held = wanted;
      }
      expect([table.chains.size, table.sets.size]).toEqual([0, 0]);
    },
  );
});

function anyPorts(random: Random): ServicePort[] {
  const below = (limit: number): number => Math.floor(random.next() * limit);
  return Array.from({ length: 6 }, (_port, index) => index)
    .filter(() => random.next() < 0.8)
    .map((index) =>
      port({
        clusterIP: `10.96.0.${index + 1}`,
        protocol: below(4) === 0 ? 'udp' : 'tcp',
        nodePort: below(2) === 0 ? 30000 + index : undefined,
        affinitySeconds: below(3) === 0 ? 60 * (1 + below(2)) : undefined,
        endpoints: endpoints(5, below(2) === 0).filter(() => random.next() < 0.6),
      }),
    );
}

function contents(table: NftTable): unknown {
  const elements = Object.fromEntries(
    [...table.elements].filter(([, map]) => map.size > 0).map(([name, map]) => [name, Object.fromEntries(map)]),
  );
  return { elements, chains: Object.fromEntries(table.chains), sets: Object.fromEntries(table.sets) };
}
