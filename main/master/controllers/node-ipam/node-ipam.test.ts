import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { parseRange, rangesOverlap } from '#common/kube/ipv4.ts';
import { events, nodes } from '#common/kube/resources.ts';
import { MemoryStore } from '../../store/memory/memory-store.ts';
import { TestMaster } from '../../../../test/support/master.ts';
import { nodeObject } from '../../../../test/support/objects.ts';

const clock = new VirtualClock();
let master: TestMaster;
const start = async (podRange: string, options: Parameters<typeof TestMaster.start>[0] = {}): Promise<void> => {
  master = await TestMaster.start({ controllers: true, clock, podRange, ...options });
};
afterEach(() => master[Symbol.asyncDispose]());

const settled = (): Promise<void> => clock.advance(0);
const add = (name: string, podCIDR?: string): Promise<unknown> =>
  master.admin.create(nodes, nodeObject(name, podCIDR === undefined ? {} : { spec: { podCIDR, podCIDRs: [podCIDR] } }));
const ranges = async (): Promise<Record<string, string | undefined>> =>
  Object.fromEntries(
    (await master.admin.list(nodes)).items.map(({ metadata, spec }) => [metadata.name, spec?.podCIDR]),
  );

describe('each node', () => {
  it("gets a part of the pods' range, in both fields", async () => {
    await start('10.244.0.0/16');
    await add('a');
    await settled();
    const node = await master.admin.get(nodes, { name: 'a' });
    expect(node.spec).toMatchObject({ podCIDR: '10.244.0.0/24', podCIDRs: ['10.244.0.0/24'] });
  });

  it('gets one of its own, also when many come at once', async () => {
    await start('10.244.0.0/16');
    await Promise.all(Array.from({ length: 60 }, (_, index) => add(`n-${index}`)));
    await settled();
    const given = Object.values(await ranges());
    expect(given).not.toContain(undefined);
    expect(new Set(given).size).toBe(60);
  });

  it('gets none that overlaps what someone else has given a node', async () => {
    await start('10.244.0.0/21');
    await add('wide', '10.244.0.0/22');
    await add('narrow', '10.244.4.128/25');
    await add('odd', 'not a range');
    for (const name of ['a', 'b', 'c']) await add(name);
    await settled();
    const { wide, narrow, odd, ...given } = await ranges();
    expect([wide, narrow, odd]).toEqual(['10.244.0.0/22', '10.244.4.128/25', 'not a range']);
    const all = [wide!, narrow!, ...Object.values(given).map((range) => range!)].map(parseRange);
    for (const [index, one] of all.entries()) {
      expect(all.slice(index + 1).filter((other) => rangesOverlap(one, other))).toEqual([]);
    }
  });

  it('keeps what it has when the master starts again', async () => {
    await using store = new MemoryStore(clock);
    await start('10.244.0.0/16', { store });
    await add('a');
    await add('b');
    await settled();
    const before = await ranges();
    await master[Symbol.asyncDispose]();
    await start('10.244.0.0/16', { store });
    await add('c');
    await settled();
    const { c, ...others } = await ranges();
    expect(others).toEqual(before);
    expect(Object.values(others)).not.toContain(c);
  });
});

describe('when the range is used up', () => {
  const told = async (): Promise<string[]> =>
    (await master.admin.list(events)).items
      .filter(({ reason }) => reason === 'CIDRNotAvailable')
      .map(({ type, message }) => `${type} ${message}`);

  it('the next node gets none, which is told; and gets one as soon as another node goes', async () => {
    await start('10.244.0.0/23');
    for (const name of ['a', 'b', 'c']) await add(name);
    await settled();
    expect(await ranges()).toEqual({ a: '10.244.0.0/24', b: '10.244.1.0/24', c: undefined });
    expect(await told()).toEqual(['Warning Node c status is now: CIDRNotAvailable']);
    await master.admin.delete(nodes, { name: 'a' });
    await settled();
    expect(await ranges()).toEqual({ b: '10.244.1.0/24', c: '10.244.0.0/24' });
  });

  it("a range smaller than a node's part is used up from the start", async () => {
    await start('10.244.0.0/25');
    await add('a');
    await settled();
    expect(await ranges()).toEqual({ a: undefined });
  });
});
