import { afterEach, beforeEach, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { configMaps, namespaces, pods, serviceAccounts, type Pod } from '#common/kube/resources.ts';
import { TestMaster } from '../../../../test/support/master.ts';

const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
type Spec = NonNullable<Pod['spec']>;

let clock: VirtualClock;
let master: TestMaster;

beforeEach(async () => {
  clock = new VirtualClock();
  master = await TestMaster.start({ clock, controllers: true });
});

afterEach(() => master[Symbol.asyncDispose]());

let count = 0;
const create = (spec: Partial<Spec> = {}, namespace = 'default', annotations: Record<string, string> = {}) =>
  master.admin.create(pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `web-${count++}`, namespace, annotations },
    spec: { containers: [{ name: 'web', image: 'web:1' }], ...spec },
  });
const account = (name: string, rest: object = {}) =>
  master.admin.create(serviceAccounts, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace: 'default' },
    ...rest,
  });

it('gives a pod the default account, and mounts its token in every container', async () => {
  const { spec } = await create({ initContainers: [{ name: 'init', image: 'init:1' }] });
  expect(spec).toMatchObject({ serviceAccountName: 'default', serviceAccount: 'default' });
  const [volume] = spec!.volumes!;
  expect(volume!.name).toMatch(/^kube-api-access-[a-z0-9]{5}$/);
  expect(volume!.projected).toEqual({
    defaultMode: 0o644,
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      {
        downwardAPI: {
          items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
        },
      },
    ],
  });
  for (const { volumeMounts } of [...spec!.containers, ...spec!.initContainers!]) {
    expect(volumeMounts).toEqual([{ name: volume!.name, readOnly: true, mountPath: TOKEN_PATH }]);
  }
});

it('waits for the default account of a new namespace', async () => {
  await master.admin.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'fresh' } });
  expect((await create({}, 'fresh')).spec?.serviceAccountName).toBe('default');
});

it('mounts nothing where the pod, or else its account, does not want it', async () => {
  await account('quiet', { automountServiceAccountToken: false });
  const volumes = async (spec: Partial<Spec>) => (await create(spec)).spec?.volumes?.length ?? 0;
  expect(await volumes({ serviceAccountName: 'quiet' })).toBe(0);
  expect(await volumes({ serviceAccountName: 'quiet', automountServiceAccountToken: true })).toBe(1);
  expect(await volumes({ automountServiceAccountToken: false })).toBe(0);
});

it('leaves a mount of its own in place', async () => {
  const { spec } = await create({
    containers: [{ name: 'web', image: 'web:1', volumeMounts: [{ name: 'own', mountPath: TOKEN_PATH }] }],
    volumes: [{ name: 'own', emptyDir: {} }],
  });
  expect(spec?.volumes).toEqual([{ name: 'own', emptyDir: {} }]);
});

it('takes the older name of the account too, and its pull secrets', async () => {
  await account('puller', { imagePullSecrets: [{ name: 'registry' }] });
  expect((await create({ serviceAccount: 'puller' })).spec).toMatchObject({
    serviceAccountName: 'puller',
    imagePullSecrets: [{ name: 'registry' }],
  });
});

it('refuses pods whose account is not there', async () => {
  await expect(create({ serviceAccountName: 'none' })).rejects.toMatchObject({
    code: 403,
    message: `pods "web-${count - 1}" is forbidden: error looking up service account default/none: serviceaccount "none" not found`,
  });
  await expect(create({}, 'nowhere')).rejects.toMatchObject({ code: 404, message: 'namespaces "nowhere" not found' });
});

it('lets pods that only mirror a node have nothing of the API', async () => {
  const mirror = { 'kubernetes.io/config.mirror': 'x' };
  expect((await create({}, 'default', mirror)).spec?.volumes).toBeUndefined();
  await expect(create({ serviceAccountName: 'default' }, 'default', mirror)).rejects.toMatchObject({ code: 403 });
});

it('finds the default account and the root CA again after they were deleted or changed', async () => {
  const eventually = async (isSo: () => Promise<boolean>) => {
    await expect.poll(isSo, { timeout: 10_000 }).toBe(true);
  };
  const root = { namespace: 'default', name: 'kube-root-ca.crt' };
  const isPublished = () =>
    master.admin.get(configMaps, root).then(
      ({ data }) => data?.['ca.crt'] === master.authority.cert && Object.keys(data).length === 1,
      () => false,
    );
  await eventually(isPublished);
  await master.admin.delete(configMaps, root);
  await eventually(isPublished);
  await master.admin.patch(configMaps, root, 'merge', { data: { 'ca.crt': 'forged', more: 'x' } });
  await eventually(isPublished);
  const ref = { namespace: 'default', name: 'default' };
  await eventually(() =>
    master.admin.get(serviceAccounts, ref).then(
      () => true,
      () => false,
    ),
  );
  const { uid } = (await master.admin.get(serviceAccounts, ref)).metadata;
  await master.admin.delete(serviceAccounts, ref);
  await eventually(() =>
    master.admin.get(serviceAccounts, ref).then(
      ({ metadata }) => metadata.uid !== uid,
      () => false,
    ),
  );
});

it('keeps pods from Secrets that their account does not list, where it says so', async () => {
  const annotations = { 'kubernetes.io/enforce-mountable-secrets': 'true' };
  const lists = { secrets: [{ name: 'listed' }], imagePullSecrets: [{ name: 'pull' }] };
  await account('confined', { metadata: { name: 'confined', namespace: 'default', annotations }, ...lists });
  await account('free', lists);
  const variable = (name: string) => ({ name: 'KEY', valueFrom: { secretKeyRef: { name, key: 'k' } } });
  const uses = (name: string): Partial<Spec>[] => [
    { volumes: [{ name: 'v', secret: { secretName: name } }] },
    { containers: [{ name: 'web', image: 'web:1', env: [variable(name)] }] },
    { initContainers: [{ name: 'init', image: 'web:1', env: [variable(name)] }] },
  ];
  const not = 'is not allowed because service account confined does not reference that secret';
  for (const spec of uses('listed')) await create({ ...spec, serviceAccountName: 'confined' });
  for (const spec of uses('other')) await create({ ...spec, serviceAccountName: 'free' });
  for (const [index, problem] of [
    `volume with secret.secretName="other" ${not}`,
    `container web with envVar KEY referencing secret.secretName="other" ${not}`,
    `init container init with envVar KEY referencing secret.secretName="other" ${not}`,
  ].entries()) {
    await expect(create({ ...uses('other')[index], serviceAccountName: 'confined' })).rejects.toMatchObject({
      code: 403,
      message: expect.stringMatching(new RegExp(`^pods "web-\\d+" is forbidden: ${problem}$`)) as string,
    });
  }
  await create({ serviceAccountName: 'confined', imagePullSecrets: [{ name: 'pull' }] });
  await expect(create({ serviceAccountName: 'confined', imagePullSecrets: [{ name: 'x' }] })).rejects.toMatchObject({
    message: expect.stringContaining(
      'imagePullSecrets[0].name="x" is not allowed because service account confined does not reference that imagePullSecret',
    ) as string,
  });
});
