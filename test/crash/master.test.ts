import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { secureRandom } from '#common/base/random.ts';
import { configMaps } from '#common/kube/resources.ts';
import { LoneMaster } from '../support/lone-master.ts';

const CREATES = 10_000;
const IN_FLIGHT = 64;
const FILLING = 'x'.repeat(800);

it('a master that is killed in a burst of 10,000 creates has every one that it acknowledged, soon after', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'pilothouse-crash-'));
  let master = await LoneMaster.start({ directory });
  try {
    // Somewhere in the burst, never at its end.
    const acknowledged = await createUntilKilled(master, 1000 + Math.floor(secureRandom.next() * 7000));

    const started = performance.now();
    master = await LoneMaster.start({ directory });
    await using client = master.client();
    const [first] = acknowledged;
    expect(await client.get(configMaps, { namespace: 'default', name: first![0] })).toBeDefined();
    const wallMs = performance.now() - started;
    const processorSeconds = await master.processorSeconds();
    console.log(
      `${acknowledged.size} acknowledged; restarted and answering after ${wallMs.toFixed(0)} ms, ` +
        `of which ${(processorSeconds * 1000).toFixed(0)} ms were its own work`,
    );

    const found = new Map(
      (await client.list(configMaps, { namespace: 'default' })).items.map((item) => [item.metadata.name, item]),
    );
    for (const [name, resourceVersion] of acknowledged) {
      const item = found.get(name);
      expect(item?.metadata.resourceVersion, name).toBe(resourceVersion);
      expect(item?.data).toEqual({ name, filling: FILLING });
    }
    // What was on its way is there or not: no more than that.
    expect(found.size).toBeLessThanOrEqual(acknowledged.size + IN_FLIGHT);
    expect(processorSeconds).toBeLessThan(2);
  } finally {
    await master.end('SIGKILL');
    await rm(directory, { recursive: true });
  }
});

/** Creates many at once; kills the master after so many answers. Gives what was answered: name and version. */
async function createUntilKilled(master: LoneMaster, answers: number): Promise<ReadonlyMap<string, string>> {
  const acknowledged = new Map<string, string>();
  await using client = master.client();
  let next = 0;
  let killed: Promise<unknown> | undefined;
  const createSome = async (): Promise<void> => {
    while (next < CREATES && !killed) {
      const name = `burst-${next++}`;
      const made = await client
        .create(configMaps, {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name, namespace: 'default' },
          data: { name, filling: FILLING },
        })
        .catch((error: unknown) => {
          if (!killed) throw error;
        });
      if (made) acknowledged.set(name, made.metadata.resourceVersion);
      if (acknowledged.size >= answers) killed ??= master.end('SIGKILL');
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, createSome));
  await killed;
  expect(next).toBeLessThan(CREATES);
  return acknowledged;
}
