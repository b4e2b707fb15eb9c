import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import type { Kubectl } from '../support/kubectl.ts';
import { useKubectl } from '../support/kubectl-master.ts';
import { kubectlOfVersion } from '../support/kubectl-versions.ts';

const VERSIONS = ['1.27', '1.30', '1.33'];
const isRequired = process.env['CI'] === 'true';

const controller = (replicas: number): object => ({
  apiVersion: 'v1',
  kind: 'ReplicationController',
  metadata: { name: 'web', labels: { app: 'web' } },
  spec: {
    replicas,
    selector: { app: 'web' },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'registry.example/web:1' }] },
    },
  },
});
const configMap = (mode: string): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', labels: { app: 'web' } },
  data: { mode },
});

for (const version of VERSIONS) {
  const binary = kubectlOfVersion(version);
  // Left out only where that is allowed: there the missing program fails the first check.
  describe.skipIf(binary === undefined && !isRequired)(`kubectl ${version}`, () => {
    const master = useKubectl(binary);
    const { manifest } = master;
    const kubectl: Kubectl = Object.assign((...call: Parameters<Kubectl>) => master.kubectl(...call), {
      try: (...call: Parameters<Kubectl['try']>) => master.kubectl.try(...call),
    });

    const lines = (text: string): string[] => text.split('\n').map((line) => line.trimEnd());
    const refusal = async (...args: string[]): Promise<string> => {
      const { exitCode, stderr } = await kubectl.try(args);
      expect(exitCode).toBe(1);
      return String(stderr);
    };

    /** The first lines of `get -w`, which ends only when it is told to. */
    async function watchLines(args: readonly string[], count: number): Promise<string[]> {
      const child = spawn(binary!, ['get', ...args, '-w', '-o', 'name'], {
        env: { KUBECONFIG: master.kubeconfig, HOME: master.directory },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exited = once(child, 'exit');
      const found: string[] = [];
      for await (const line of createInterface({ input: child.stdout })) if (found.push(line) === count) break;
      child.kill();
      await exited;
      return found;
    }

    test('creates, applies twice, replaces and tells what is there already', async () => {
      const one = await manifest('one', controller(0), configMap('production'));
      expect(lines(await kubectl(['create', '-f', one]))).toEqual([
        'replicationcontroller/web created',
        'configmap/settings created',
      ]);
      expect(lines(await refusal('create', '-f', one))).toEqual([
        `Error from server (AlreadyExists): error when creating "${one}": replicationcontrollers "web" already exists`,
        `Error from server (AlreadyExists): error when creating "${one}": configmaps "settings" already exists`,
      ]);
      await kubectl(['delete', '-f', one]);
      expect(await kubectl(['apply', '-f', one])).toContain('configmap/settings created');
      expect(lines(await kubectl(['apply', '-f', one]))).toEqual([
        'replicationcontroller/web unchanged',
        'configmap/settings unchanged',
      ]);
      const two = await manifest('two', controller(1), configMap('test'));
      expect(lines(await kubectl(['apply', '-f', two]))).toEqual([
        'replicationcontroller/web configured',
        'configmap/settings configured',
      ]);
      expect(lines(await kubectl(['replace', '-f', one]))).toEqual([
        'replicationcontroller/web replaced',
        'configmap/settings replaced',
      ]);
    });

    test('gets in every form', async () => {
      await kubectl(['scale', 'rc/web', '--replicas=2']);
      await kubectl(['wait', 'rc/web', '--for=jsonpath={.status.replicas}=2', '--timeout=20s']);
      expect(lines(await kubectl(['get', 'rc', '-o', 'wide']))[0]).toMatch(
        /^NAME +DESIRED +CURRENT +READY +AGE +CONTAINERS +IMAGES +SELECTOR$/,
      );
      expect(await kubectl(['get', 'rc', 'web', '-o', 'wide', '--no-headers'])).toMatch(
        /^web +2 +2 +0 +\S+ +web +registry\.example\/web:1 +app=web$/,
      );
      expect(await kubectl(['get', 'cm', 'settings', '-o', 'yaml'])).toMatch(
        /^apiVersion: v1\ndata:\n {2}mode: production$/m,
      );
      expect(JSON.parse(await kubectl(['get', 'cm/settings', 'rc/web', '-o', 'json']))).toMatchObject({
        kind: 'List',
        items: [{ kind: 'ConfigMap' }, { kind: 'ReplicationController' }],
      });
      expect(await kubectl(['get', 'cm', 'settings', '-o', 'name'])).toBe('configmap/settings');
      expect(await kubectl(['get', 'cm', 'settings', '-o', 'jsonpath={.data.mode}'])).toBe('production');
      expect(
        lines(await kubectl(['get', 'rc', '-o', 'custom-columns=NAME:.metadata.name,WANTED:.spec.replicas'])),
      ).toEqual(['NAME   WANTED', 'web    2']);
      expect(await kubectl(['get', 'all', '-o', 'name'])).toMatch(
        /^pod\/web-\w{5}\npod\/web-\w{5}\nreplicationcontroller\/web\nservice\/kubernetes$/,
      );
    });

    test('selects, sorts, pages and watches', async () => {
      for (const name of ['b', 'a', 'c']) {
        const object = {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name, labels: { set: 'letters' } },
          data: { name },
        };
        await kubectl(['create', '-f', '-'], { input: JSON.stringify(object) });
      }
      const names = ['-o', 'jsonpath={.items[*].metadata.name}'];
      expect(await kubectl(['get', 'cm', '-l', 'set=letters', '--chunk-size=1', ...names])).toBe('a b c');
      expect(await kubectl(['get', 'cm', '-l', 'set in (letters),!app', ...names])).toBe('a b c');
      expect(await kubectl(['get', 'cm', '--field-selector', 'metadata.name=b', ...names])).toBe('b');
      expect(
        lines(await kubectl(['get', 'cm', '-l', 'set', '--sort-by=.metadata.creationTimestamp', '-o', 'name'])),
      ).toHaveLength(3);
      expect(await kubectl(['get', 'cm', '-l', 'set', '--sort-by={.data.name}', '-o', 'name'])).toBe(
        'configmap/a\nconfigmap/b\nconfigmap/c',
      );
      expect(await watchLines(['cm', '-l', 'set'], 3)).toEqual(['configmap/a', 'configmap/b', 'configmap/c']);
      expect(await kubectl(['delete', 'cm', '-l', 'set=letters'])).toBe(
        'configmap "a" deleted\nconfigmap "b" deleted\nconfigmap "c" deleted',
      );
    });

    test('patches in three ways, labels, annotates and scales', async () => {
      const mode = ['get', 'cm', 'settings', '-o', 'jsonpath={.data.mode}'];
      for (const [type, patch] of [
        ['json', '[{"op":"replace","path":"/data/mode","value":"json"}]'],
        ['merge', '{"data":{"mode":"merge"}}'],
        ['strategic', '{"data":{"mode":"strategic"}}'],
      ] as const) {
        expect(await kubectl(['patch', 'cm', 'settings', `--type=${type}`, '-p', patch])).toBe(
          'configmap/settings patched',
        );
        expect(await kubectl(mode)).toBe(type);
      }
      expect(await kubectl(['patch', 'cm', 'settings', '-p', '{"data":{"mode":"strategic"}}'])).toBe(
        'configmap/settings patched (no change)',
      );
      expect(await kubectl(['label', 'cm', 'settings', 'tier=front'])).toBe('configmap/settings labeled');
      expect(await refusal('label', 'cm', 'settings', 'tier=back')).toContain(
        'already has a value (front), and --overwrite is false',
      );
      expect(await kubectl(['label', 'cm', 'settings', 'tier-'])).toBe('configmap/settings unlabeled');
      // 1.27 leaves the last letter out.
      expect(await kubectl(['annotate', 'cm', 'settings', 'note=one'])).toMatch(/^configmap\/settings annotated?$/);
      expect(await kubectl(['scale', 'rc', 'web', '--current-replicas=2', '--replicas=1'])).toBe(
        'replicationcontroller/web scaled',
      );
      expect(await refusal('scale', 'rc', 'web', '--current-replicas=7', '--replicas=1')).toContain(
        'Expected replicas to be 7, was 1',
      );
    });

    test('describes and explains', async () => {
      expect(await kubectl(['describe', 'cm', 'settings'])).toMatch(/^Data\n====\nmode:\n----\nstrategic$/m);
      await kubectl(['wait', 'rc/web', '--for=jsonpath={.status.replicas}=1', '--timeout=20s']);
      const described = await kubectl(['describe', 'rc', 'web']);
      expect(described).toMatch(/^Replicas: +1 current \/ 1 desired$/m);
      expect(described).toMatch(/Normal +SuccessfulCreate .* replication-controller +Created pod: web-\w{5}/);
      expect(await kubectl(['describe', 'ns', 'default'])).toMatch(/^Status: +Active$/m);
      expect(await kubectl(['explain', 'pod.spec.containers.image'])).toMatch(/FIELD: image <string>/);
      const explained = await kubectl(['explain', 'rc', '--recursive']);
      expect(explained).toMatch(/^ {2}spec\t<ReplicationControllerSpec>$/m);
      expect(explained).toMatch(/^ {4}replicas\t<integer>$/m);
      expect(await refusal('explain', 'pod.spec.nothing')).toContain('field "nothing" does not exist');
    });

    test('tells differences, and tries without doing', async () => {
      const other = await manifest('other', configMap('other'));
      const { exitCode, stdout } = await kubectl.try(['diff', '-f', other]);
      expect(exitCode).toBe(1);
      expect(String(stdout)).toMatch(/^\+ {2}mode: other$/m);
      expect(await kubectl(['apply', '-f', other, '--dry-run=server'])).toBe(
        'configmap/settings configured (server dry run)',
      );
      expect(await kubectl(['delete', 'cm', 'settings', '--dry-run=server'])).toBe(
        'configmap "settings" deleted (server dry run)',
      );
      expect(await kubectl(['get', 'cm', 'settings', '-o', 'jsonpath={.data.mode}'])).toBe('strategic');
    });

    test('refuses what it is told to be strict about, and tells wrong names and kinds', async () => {
      const unknown = JSON.stringify({ ...configMap('strict'), spex: 1, metadata: { name: 'strict' } });
      const strict = await kubectl.try(['apply', '--validate=strict', '-f', '-'], { input: unknown });
      expect(strict.exitCode).toBe(1);
      expect(String(strict.stderr)).toContain('strict decoding error: unknown field "spex"');
      const warned = await kubectl.try(['create', '--validate=warn', '-f', '-'], { input: unknown });
      expect([String(warned.stderr), String(warned.stdout)]).toEqual([
        'Warning: unknown field "spex"',
        'configmap/strict created',
      ]);
      expect(await refusal('get', 'cm', 'nothing')).toBe(
        'Error from server (NotFound): configmaps "nothing" not found',
      );
      expect(await refusal('get', 'nothing')).toBe('error: the server doesn\'t have a resource type "nothing"');
      const invalid = JSON.stringify({ ...configMap('x'), metadata: { name: 'Not_A_Name' } });
      const refused = await kubectl.try(['create', '-f', '-'], { input: invalid });
      expect(String(refused.stderr)).toMatch(
        /^The ConfigMap "Not_A_Name" is invalid: \n?metadata\.name: Invalid value: "Not_A_Name": a lowercase RFC 1123 subdomain must consist of/,
      );
    });

    test('waits, and deletes', async () => {
      expect(await kubectl(['delete', 'rc', 'web'])).toBe('replicationcontroller "web" deleted');
      await kubectl(['wait', 'pod', '-l', 'app=web', '--for=delete', '--timeout=20s']);
      expect(await kubectl(['get', 'pods', '-o', 'name'])).toBe('');
      expect(await refusal('delete', 'rc', 'web')).toBe(
        'Error from server (NotFound): replicationcontrollers "web" not found',
      );
      expect(await kubectl(['delete', 'rc', 'web', '--ignore-not-found'])).toBe('');
    });

    test('tells what the server is', async () => {
      expect(lines(await kubectl(['api-versions']))).toContain('coordination.k8s.io/v1');
      expect(await kubectl(['api-resources', '--api-group=', '--namespaced=false', '-o', 'name'])).toBe(
        'namespaces\nnodes',
      );
      expect(await kubectl(['api-resources', '--verbs=list,watch', '-o', 'wide'])).toMatch(
        /^configmaps +cm +v1 +true +ConfigMap +create,delete/m,
      );
      expect(await kubectl(['cluster-info'])).toContain(master.access.url);
      expect(await kubectl(['get', '--raw', '/readyz'])).toBe('ok');
    });
  });
}
