import {
  CoreV1Api,
  KubeConfig,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  Watch,
  V1ConfigMap,
  V1ObjectMeta,
} from '@kubernetes/client-node';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildSchemas } from '../../scripts/build/schemas.ts';
import { runTask } from '../../scripts/build/task.ts';
import { LoneMaster } from '../support/lone-master.ts';

const NAMESPACE = 'default';
function configMap(name: string, mode: string, suite = 'client-node'): V1ConfigMap {
  const metadata = Object.assign(new V1ObjectMeta(), { name, labels: { suite } });
  return Object.assign(new V1ConfigMap(), { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { mode } });
}

describe('@kubernetes/client-node', () => {
  let directory: string;
  let master: LoneMaster;
  let config: KubeConfig;
  let core: CoreV1Api;

  beforeAll(async () => {
    await runTask(buildSchemas);
    directory = await mkdtemp(path.join(tmpdir(), 'pilothouse-client-node-'));
    master = await LoneMaster.start({ directory: path.join(directory, 'master') });
    config = new KubeConfig();
    config.loadFromFile(master.kubeconfig);
    core = config.makeApiClient(CoreV1Api);
  });
  afterAll(async () => {
    await master[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  test('creates, reads, lists, replaces, patches and deletes through the typed client', async () => {
    const made = await core.createNamespacedConfigMap({ namespace: NAMESPACE, body: configMap('typed', 'one') });
    expect(made.metadata?.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(made.metadata?.creationTimestamp).toBeInstanceOf(Date);
    const ref = { namespace: NAMESPACE, name: 'typed' };
    expect((await core.readNamespacedConfigMap(ref)).data).toEqual({ mode: 'one' });
    const replaced = await core.replaceNamespacedConfigMap({
      ...ref,
      body: Object.assign(made, { data: { mode: 'two' } }),
    });
    expect(replaced.data).toEqual({ mode: 'two' });
    for (const [strategy, body] of [
      [PatchStrategy.JsonPatch, [{ op: 'replace', path: '/data/mode', value: 'json' }]],
      [PatchStrategy.MergePatch, { data: { mode: 'merge' } }],
      [PatchStrategy.StrategicMergePatch, { data: { mode: 'strategic' } }],
    ] as const) {
      const patched = await core.patchNamespacedConfigMap({ ...ref, body }, setHeaderOptions('Content-Type', strategy));
      expect(patched.data?.['mode']).toBe(strategy.split('/')[1]!.split('-')[0]);
    }
    const list = await core.listNamespacedConfigMap({
      namespace: NAMESPACE,
      labelSelector: 'suite=client-node',
      limit: 1,
    });
    expect(list.items.map(({ metadata }) => metadata?.name)).toEqual(['typed']);
    expect((await core.deleteNamespacedConfigMap(ref)).status).toBe('Success');
    await expect(core.readNamespacedConfigMap(ref)).rejects.toMatchObject({ code: 404 });
  });

  test('is told of conflicts and of what is invalid', async () => {
    const stale = await core.createNamespacedConfigMap({ namespace: NAMESPACE, body: configMap('contested', 'one') });
    const ref = { namespace: NAMESPACE, name: 'contested' };
    await core.replaceNamespacedConfigMap({ ...ref, body: configMap('contested', 'two') });
    await expect(core.replaceNamespacedConfigMap({ ...ref, body: stale })).rejects.toMatchObject({ code: 409 });
    await expect(
      core.createNamespacedConfigMap({ namespace: NAMESPACE, body: configMap('contested', 'one') }),
    ).rejects.toMatchObject({ code: 409 });
    await expect(
      core.createNamespacedConfigMap({ namespace: NAMESPACE, body: configMap('Not_A_Name', 'one') }),
    ).rejects.toMatchObject({ code: 422 });
    await core.deleteNamespacedConfigMap(ref);
  });

  test('watches', async () => {
    const { metadata } = await core.listNamespacedConfigMap({ namespace: NAMESPACE });
    const seen: string[] = [];
    let complete: () => void = () => undefined;
    const all = new Promise<void>((resolve) => (complete = resolve));
    const controller = await new Watch(config).watch(
      `/api/v1/namespaces/${NAMESPACE}/configmaps`,
      { resourceVersion: metadata?.resourceVersion },
      (phase, object: V1ConfigMap) => {
        seen.push(`${phase} ${object.metadata?.name ?? ''}`);
        if (seen.length === 2) complete();
      },
      () => undefined,
    );
    await core.createNamespacedConfigMap({ namespace: NAMESPACE, body: configMap('watched', 'one') });
    await core.deleteNamespacedConfigMap({ namespace: NAMESPACE, name: 'watched' });
    await all;
    controller.abort();
    expect(seen).toEqual(['ADDED watched', 'DELETED watched']);
  });

  test('an informer stays true over a restart of the server', async () => {
    const list = (): ReturnType<CoreV1Api['listNamespacedConfigMap']> =>
      core.listNamespacedConfigMap({ namespace: NAMESPACE, labelSelector: 'suite=informer' });
    const informer = makeInformer(config, `/api/v1/namespaces/${NAMESPACE}/configmaps`, list, 'suite=informer');
    const heard: string[] = [];
    const waiting = new Set<() => void>();
    for (const verb of ['add', 'update', 'delete'] as const) {
      informer.on(verb, (object) => {
        heard.push(`${verb} ${object.metadata?.name ?? ''} ${object.data?.['mode'] ?? ''}`);
        for (const look of waiting) look();
      });
    }
    const hear = (text: string): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!heard.includes(text)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      });
    const broken = new Promise((resolve) => informer.on('error', resolve));
    await core.createNamespacedConfigMap({ namespace: NAMESPACE, body: configMap('before', 'one', 'informer') });
    await informer.start();
    await hear('add before one');

    const port = Number(new URL(master.access.url).port);
    await master[Symbol.asyncDispose]();
    await broken;
    master = await LoneMaster.start({ directory: path.join(directory, 'master'), port });
    // As its documentation says: after an error it is started anew.
    await informer.start();

    await core.createNamespacedConfigMap({ namespace: NAMESPACE, body: configMap('after', 'one', 'informer') });
    await hear('add after one');
    await core.replaceNamespacedConfigMap({
      namespace: NAMESPACE,
      name: 'before',
      body: configMap('before', 'two', 'informer'),
    });
    await hear('update before two');
    await core.deleteNamespacedConfigMap({ namespace: NAMESPACE, name: 'before' });
    await hear('delete before two');
    expect(informer.list(NAMESPACE).map(({ metadata }) => metadata?.name)).toEqual(['after']);
    await informer.stop();
  });
});
