import { describe, expect, it } from 'vitest';
import type { Stored } from '#common/kube/object.ts';
import type { ConfigMap, Secret } from '#common/kube/resources.ts';
import { pod } from '../../testing/pods.ts';
import type { PodSpec } from '../pods/pod.ts';
import type { TokenWish } from '../tokens/token-manager.ts';
import { downwardPayload } from './downward-api.ts';
import { projectedPayload } from './projected.ts';
import type { VolumeContext, VolumeSpec } from './volume.ts';

const settings = { data: { 'ca.crt': 'authority' } } as unknown as Stored<ConfigMap>;
const password = { data: { word: Buffer.from('open').toString('base64') } } as unknown as Stored<Secret>;

function context(spec: Partial<PodSpec> = {}, gid?: number): VolumeContext & { wishes: TokenWish[] } {
  const wishes: TokenWish[] = [];
  return {
    wishes,
    pod: pod(spec),
    gid,
    configMap: (name) => (name === 'settings' ? settings : undefined),
    secret: (name) => (name === 'password' ? password : undefined),
    token: async (wish) => {
      wishes.push(wish);
      return 'the token';
    },
    allocatable: { cpu: '2' },
  };
}

type Sources = NonNullable<NonNullable<VolumeSpec['projected']>['sources']>;
const shown = async (sources: Sources, from = context()) =>
  Object.fromEntries(
    Array.from(await projectedPayload({ sources, defaultMode: 0o644 }, from), ([name, { data, ...rest }]) => [
      name,
      { text: Buffer.from(data).toString(), ...rest },
    ]),
  );
const token = { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } };

describe('a projected volume', () => {
  it('shows all its sources side by side', async () => {
    const from = context();
    const files = await shown(
      [
        token,
        { configMap: { name: 'settings', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { secret: { name: 'password', items: [{ key: 'word', path: 'my/word', mode: 0o400 }] } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
      ],
      from,
    );
    expect(files).toEqual({
      token: { text: 'the token', mode: 0o644 },
      'ca.crt': { text: 'authority', mode: 0o644 },
      'my/word': { text: 'open', mode: 0o400 },
      namespace: { text: from.pod.metadata.namespace, mode: 0o644 },
    });
    expect(from.wishes).toEqual([{ expirationSeconds: 3607 }]);
  });

  it('keeps tokens to the user and group of the pod, where there is one', async () => {
    expect(await shown([token], context({ securityContext: { runAsUser: 1000 } }))).toEqual({
      token: { text: 'the token', mode: 0o600, uid: 1000 },
    });
    expect(await shown([token], context({}, 2000))).toEqual({ token: { text: 'the token', mode: 0o600 } });
  });

  it('asks for the audience that is wanted', async () => {
    const from = context();
    await shown([{ serviceAccountToken: { path: 'token', audience: 'vault', expirationSeconds: 600 } }], from);
    expect(from.wishes).toEqual([{ expirationSeconds: 600, audience: 'vault' }]);
  });

  it('says everything that it lacks', async () => {
    const sources = [{ configMap: { name: 'none' } }, token, { secret: { name: 'nobody' } }];
    await expect(shown(sources)).rejects.toThrow('[configmap "none" not found, secret "nobody" not found]');
    expect(await shown([{ configMap: { name: 'none', optional: true } }])).toEqual({});
  });
});

describe('a downward API volume', () => {
  it('shows resources of the container that is named', () => {
    const item = { path: 'cpu', resourceFieldRef: { containerName: 'web', resource: 'limits.cpu', divisor: '1m' } };
    const from = context({ containers: [{ name: 'web', image: 'web' }] });
    expect(Buffer.from(downwardPayload([item], 0o644, from).get('cpu')!.data).toString()).toBe('2000');
    const other = { ...item, resourceFieldRef: { ...item.resourceFieldRef, containerName: 'db' } };
    expect(() => downwardPayload([other], 0o644, from)).toThrow('container db not found');
  });
});
