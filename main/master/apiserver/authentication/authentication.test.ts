import { describe, expect, it } from 'vitest';
import { realClock } from '#common/base/clock.ts';
import { secureRandom, seededRandom } from '#common/base/random.ts';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import type { Credentials } from '#common/client/https/session.ts';
import { secrets } from '#common/kube/resources.ts';
import { temporaryAuthority } from '../../../../test/support/authority.ts';
import { TestMaster } from '../../../../test/support/master.ts';
import { RawApi } from '../../../../test/support/raw-api.ts';
import { createBootstrapToken } from '../../bootstrap/bootstrap-token.ts';

const HOUR = 3_600_000;

/** Whom the server takes someone for, or its refusal. */
async function whoIs(
  master: TestMaster,
  credentials: Credentials,
  headers: Record<string, string> = {},
): Promise<string> {
  using api = await RawApi.open(master, credentials);
  // Nobody whom these tests know may ask that, so that the answer names them.
  const { code, message = '' } = await api.failure('GET', '/api/v1/namespaces/default/pods/x', { headers });
  return code === 403 ? /User "([^"]*)"/.exec(message)![1]! : `${code} ${message}`;
}

describe('client certificates', () => {
  it('name the user, and its groups', async () => {
    await using master = await TestMaster.start();
    expect(await whoIs(master, master.credentials('Jane <j@example.com>', []))).toBe('Jane &lt;j@example.com&gt;');
    using node = await RawApi.open(master, master.credentials('system:node:n', ['others', 'system:nodes']));
    expect((await node.request('GET', '/api/v1/nodes')).status).toBe(200);
  });

  it('are refused from another authority, and beyond their time', async () => {
    await using master = await TestMaster.start();
    const other = await temporaryAuthority(realClock, secureRandom);
    const ca = master.authority.cert;
    const forged = other.issue({
      commonName: 'a',
      organizations: ['system:masters'],
      usage: 'client',
      lifetimeMs: HOUR,
    });
    expect(await whoIs(master, { ca, ...forged })).toBe('401 Unauthorized');
    const expired = master.authority.issue({ commonName: 'a', usage: 'client', lifetimeMs: -1000 });
    expect(await whoIs(master, { ca, ...expired })).toBe('401 Unauthorized');
  });

  it('are refused when they are for servers, or name nobody', async () => {
    await using master = await TestMaster.start();
    const ca = master.authority.cert;
    const server = master.authority.issue({ commonName: 'a', usage: 'server', lifetimeMs: HOUR });
    expect(await whoIs(master, { ca, ...server })).toBe('401 Unauthorized');
    const nameless = master.authority.issue({ commonName: '', usage: 'client', lifetimeMs: HOUR });
    expect(await whoIs(master, { ca, ...nameless })).toBe('401 Unauthorized');
  });
});

it('answers who shows nothing about health alone', async () => {
  await using master = await TestMaster.start();
  const nothing = { ca: master.authority.cert };
  expect(await whoIs(master, nothing)).toBe('401 Unauthorized');
  expect(await whoIs(master, nothing, { authorization: 'Basic YTpi' })).toBe('401 Unauthorized');
  using api = await RawApi.open(master, nothing);
  expect((await api.request('GET', '/readyz')).status).toBe(200);
});

describe('bootstrap tokens', () => {
  const create = async (master: TestMaster, lifetimeMs = HOUR): Promise<Credentials> => ({
    ca: master.authority.cert,
    token: await createBootstrapToken(master.admin, 'for a node', lifetimeMs, master.clock, seededRandom(7)),
  });
  const edit = async (master: TestMaster, data: Record<string, string>): Promise<void> => {
    const { items } = await master.admin.list(secrets, { namespace: 'kube-system' });
    const { name } = items[0]!.metadata;
    await master.admin.patch(secrets, { namespace: 'kube-system', name }, 'merge', { stringData: data });
  };

  it('name the one who asks for its first certificate', async () => {
    await using master = await TestMaster.start();
    const credentials = await create(master);
    expect(credentials.token).toMatch(/^[a-z0-9]{6}\.[a-z0-9]{16}$/);
    expect(await whoIs(master, credentials)).toBe(`system:bootstrap:${credentials.token!.slice(0, 6)}`);
    using api = await RawApi.open(master, credentials);
    expect((await api.request('GET', '/apis/certificates.k8s.io/v1/certificatesigningrequests')).status).toBe(200);
  });

  it('end with their time', async () => {
    const clock = new VirtualClock();
    await using master = await TestMaster.start({ clock });
    const credentials = await create(master, HOUR);
    await clock.advance(HOUR - 1000);
    expect(await whoIs(master, credentials)).toMatch(/^system:bootstrap:/);
    await clock.advance(1000);
    expect(await whoIs(master, credentials)).toBe('401 Unauthorized');
  });

  it.each([
    ['another secret', { 'token-secret': '0123456789abcdef' }],
    ['another id', { 'token-id': 'abcdef' }],
    ['another use', { 'usage-bootstrap-authentication': 'no' }],
    ['an end that is no time', { expiration: 'soon' }],
    ['groups that are not for those who join', { 'auth-extra-groups': 'system:masters' }],
    ['one such group among others', { 'auth-extra-groups': 'system:bootstrappers:a,system:masters' }],
  ])('are refused with %s', async (_, data) => {
    await using master = await TestMaster.start();
    const credentials = await create(master);
    await edit(master, data);
    expect(await whoIs(master, credentials)).toBe('401 Unauthorized');
  });

  it('are refused when they are deleted, wrong or unreadable', async () => {
    await using master = await TestMaster.start();
    const credentials = await create(master);
    const { token = '', ca } = credentials;
    const wrong = token.slice(0, -1) + (token.endsWith('a') ? 'b' : 'a');
    for (const other of [wrong, 'abcdef.0123456789abcdef', 'x', `${token}x`]) {
      expect(await whoIs(master, { ca, token: other }), other).toBe('401 Unauthorized');
    }
    const name = `bootstrap-token-${token.slice(0, 6)}`;
    await master.admin.delete(secrets, { namespace: 'kube-system', name });
    expect(await whoIs(master, credentials)).toBe('401 Unauthorized');
  });

  it('are only what says so of itself, in the namespace of the system', async () => {
    await using master = await TestMaster.start();
    const plant = (namespace: string, type: string, id: string): Promise<unknown> =>
      master.admin.create(secrets, {
        apiVersion: 'v1',
        kind: 'Secret',
        type,
        metadata: { name: `bootstrap-token-${id}`, namespace },
        stringData: {
          'token-id': id,
          'token-secret': '0123456789abcdef',
          'usage-bootstrap-authentication': 'true',
        },
      });
    await plant('default', 'bootstrap.kubernetes.io/token', 'aaaaaa');
    await plant('kube-system', 'Opaque', 'bbbbbb');
    for (const id of ['aaaaaa', 'bbbbbb']) {
      expect(await whoIs(master, { ca: master.authority.cert, token: `${id}.0123456789abcdef` })).toBe(
        '401 Unauthorized',
      );
    }
  });

  it('do not help who shows a certificate that is not to be trusted, unless they are good', async () => {
    await using master = await TestMaster.start();
    const { token } = await create(master);
    const other = await temporaryAuthority(realClock, secureRandom);
    const forged = other.issue({ commonName: 'a', usage: 'client', lifetimeMs: HOUR });
    const both = { ca: master.authority.cert, ...forged, token: token! };
    expect(await whoIs(master, both)).toMatch(/^system:bootstrap:/);
    expect(await whoIs(master, { ...both, token: 'abcdef.0123456789abcdef' })).toBe('401 Unauthorized');
  });
});
