import { describe, expect, test } from 'vitest';
import { useKubectl } from '../support/kubectl-master.ts';
import { oldestKubectl } from '../support/kubectl-versions.ts';

/** Debian 12 has 1.20, which checks on its own, by OpenAPI v2, what it sends. */
const oldest = oldestKubectl();
const isRequired = process.env['CI'] === 'true';

const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } };
const controller = {
  apiVersion: 'v1',
  kind: 'ReplicationController',
  metadata: { name: 'web' },
  spec: { replicas: 0, selector: { app: 'web' }, template },
};
const settings = (mode: string): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings' },
  data: { mode },
});

describe.skipIf(oldest === undefined && !isRequired)(`the oldest kubectl (${oldest?.version ?? 'none'})`, () => {
  const master = useKubectl(oldest?.binary);
  const refusal = async (...args: string[]): Promise<string> => {
    const { exitCode, stderr } = await master.kubectl.try(args);
    expect(exitCode).toBe(1);
    return String(stderr);
  };

  test('creates, and is told of what is there already', async () => {
    const file = await master.manifest('one', controller, settings('one'));
    expect(await master.kubectl(['create', '-f', file])).toBe(
      'replicationcontroller/web created\nconfigmap/settings created',
    );
    expect(await refusal('create', '-f', file)).toContain('configmaps "settings" already exists');
    expect(await master.kubectl(['create', 'secret', 'generic', 'own', '--from-literal=a=b'])).toBe(
      'secret/own created',
    );
  });

  test('applies, and refuses a field that there is not', async () => {
    const { kubectl, manifest } = master;
    const other = await manifest('other', { ...settings('one'), metadata: { name: 'other' } });
    expect(await kubectl(['apply', '-f', other])).toBe('configmap/other created');
    expect(await kubectl(['apply', '-f', other])).toBe('configmap/other unchanged');
    const changed = await manifest('changed', { ...settings('two'), metadata: { name: 'other' } });
    expect(await kubectl(['apply', '-f', changed])).toBe('configmap/other configured');
    const wrong = await manifest('wrong', { ...settings('one'), spex: 1 });
    expect(await refusal('apply', '-f', wrong)).toContain('unknown field "spex"');
  });

  test('gets in every form', async () => {
    const { kubectl } = master;
    expect(await kubectl(['get', 'rc', '-o', 'wide'])).toMatch(
      /^NAME +DESIRED +CURRENT +READY +AGE +CONTAINERS +IMAGES +SELECTOR\nweb +0 +0 +0 +\S+ +web +web:1 +app=web$/,
    );
    expect(await kubectl(['get', 'cm', 'settings', '-o', 'yaml'])).toMatch(/^data:\n {2}mode: one$/m);
    expect(await kubectl(['get', 'cm', 'settings', '-o', 'jsonpath={.data.mode}'])).toBe('one');
    expect(await kubectl(['get', 'cm/settings', 'rc/web', '-o', 'name'])).toBe(
      'configmap/settings\nreplicationcontroller/web',
    );
    const columns = 'custom-columns=NAME:.metadata.name,WANTED:.spec.replicas';
    expect(await kubectl(['get', 'rc', '-o', columns, '--no-headers'])).toMatch(/^web +0$/);
    expect(await refusal('get', 'cm', 'nothing')).toBe('Error from server (NotFound): configmaps "nothing" not found');
  });

  test('labels and patches', async () => {
    const { kubectl, get } = master;
    expect(await kubectl(['label', 'cm', 'settings', 'tier=front'])).toBe('configmap/settings labeled');
    expect(await kubectl(['get', 'cm', '-l', 'tier=front', '-o', 'name'])).toBe('configmap/settings');
    for (const [type, patch] of [
      ['json', '[{"op":"replace","path":"/data/mode","value":"json"}]'],
      ['merge', '{"data":{"mode":"merge"}}'],
      ['strategic', '{"data":{"mode":"strategic"}}'],
    ] as const) {
      expect(await kubectl(['patch', 'cm', 'settings', `--type=${type}`, '-p', patch])).toBe(
        'configmap/settings patched',
      );
      expect(await get('cm', 'settings')).toMatchObject({ data: { mode: type } });
    }
  });

  test('scales, describes and explains', async () => {
    const { kubectl } = master;
    expect(await kubectl(['scale', 'rc', 'web', '--replicas=2'])).toBe('replicationcontroller/web scaled');
    await expect
      .poll(() => kubectl(['describe', 'rc', 'web']), { timeout: 20_000 })
      .toMatch(/^Replicas: +2 current \/ 2 desired$/m);
    expect(await kubectl(['describe', 'cm', 'settings'])).toMatch(/^Data\n====\nmode:\n----\nstrategic$/m);
    expect(await kubectl(['explain', 'pod.spec.containers.image'])).toMatch(/FIELD: +image <string>/);
    expect(await kubectl(['explain', 'rc', '--recursive'])).toMatch(/^ +replicas\t<integer>$/m);
  });

  test('deletes', async () => {
    const { kubectl } = master;
    expect(await kubectl(['delete', 'rc', 'web'])).toBe('replicationcontroller "web" deleted');
    expect(await kubectl(['delete', 'cm', '-l', 'tier=front'])).toBe('configmap "settings" deleted');
    await expect.poll(() => kubectl(['get', 'pods', '-o', 'name']), { timeout: 20_000 }).toBe('');
  });
});
