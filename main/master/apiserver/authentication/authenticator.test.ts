import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { decodeProtectedHeader, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { realClock } from '#common/base/clock.ts';
import { HttpsSession, type Credentials } from '#common/client/https/session.ts';
import type { Stored } from '#common/kube/object.ts';
import { parseFrozen } from '#common/base/freeze.ts';
import {
  secrets,
  serviceAccounts,
  tokenReviews,
  type SelfSubjectReview,
  type TokenRequest,
  type TokenReview,
} from '#common/kube/resources.ts';
import type { Status } from '#common/kube/status-error.ts';
import { TestMaster } from '../../../../test/support/master.ts';
import { RawApi } from '../../../../test/support/raw-api.ts';
import { MemoryStore } from '../../store/memory/memory-store.ts';
import { ISSUER, type TokenKeys } from './service-account/token-issuer.ts';

const ACCOUNT = { namespace: 'default', name: 'builder' };
const WHO_AM_I = '/apis/authentication.k8s.io/v1/selfsubjectreviews';

let master: TestMaster;
const sessions: HttpsSession[] = [];

beforeAll(async () => {
  master = await TestMaster.start();
  await master.admin.create(serviceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: ACCOUNT });
});

afterAll(async () => {
  for (const session of sessions) await session[Symbol.asyncDispose]();
  await master[Symbol.asyncDispose]();
});

/** Asks as whoever has these credentials. */
async function ask(
  credentials: Omit<Credentials, 'ca'>,
  path: string,
  options: { readonly body?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<{ status: number; text: string }> {
  const session = new HttpsSession({
    servers: [await master.url()],
    credentials: () => ({ ca: master.authority.cert, ...credentials }),
    userAgent: 'test',
    clock: realClock,
  });
  sessions.push(session);
  const { body } = options;
  const answer = await session.request({ method: body === undefined ? 'GET' : 'POST', path, ...options });
  const chunks: Buffer[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  return { status: answer.status, text: Buffer.concat(chunks).toString() };
}

async function whoIs(credentials: Omit<Credentials, 'ca'>, headers: Readonly<Record<string, string>> = {}) {
  const options = { body: '{}', headers: { 'content-type': 'application/json', ...headers } };
  const { status, text } = await ask(credentials, WHO_AM_I, options);
  return status === 201 ? parseFrozen<SelfSubjectReview>(text).status?.userInfo : parseFrozen<Status>(text);
}

async function tokenOf(spec: NonNullable<TokenRequest['spec']> = {}): Promise<string> {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
  const { status } = (await master.admin.createSubresource(serviceAccounts, ACCOUNT, 'token', body)) as TokenRequest;
  return status!.token!;
}

const UNAUTHORIZED = {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message: 'Unauthorized',
  reason: 'Unauthorized',
  code: 401,
};

describe('who asks', () => {
  it.each(['/healthz', '/livez', '/readyz?verbose', '/version', '/version/'])(
    'may be anyone where it is about %s',
    async (path) => {
      expect((await ask({}, path)).status).toBe(200);
    },
  );

  it.each(['/', '/api', '/api/v1/namespaces', '/openapi/v3', '/openid/v1/jwks', '/healthzz', '/none'])(
    'must be told for %s',
    async (path) => {
      const { status, text } = await ask({}, path);
      expect([status, JSON.parse(text)]).toEqual([401, UNAUTHORIZED]);
    },
  );

  it('is read from a client certificate', async () => {
    const { cert, key } = master.credentials('jane', ['builders', 'cooks']);
    expect(await whoIs({ cert: cert!, key: key! })).toEqual({
      username: 'jane',
      groups: ['builders', 'cooks', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^X509SHA256=[0-9a-f]{64}$/)] },
    });
  });

  it('is nobody with a certificate from elsewhere, even where nobody has to be known', async () => {
    await using stranger = await TestMaster.start();
    const { cert, key } = stranger.credentials();
    expect((await ask({ cert: cert!, key: key! }, '/version')).status).toBe(401);
    expect((await ask({ cert: cert!, key: key!, token: await tokenOf() }, '/version')).status).toBe(200);
  });

  it('is read from the token of a service account', async () => {
    expect(await whoIs({ token: await tokenOf() })).toEqual({
      username: 'system:serviceaccount:default:builder',
      uid: (await master.admin.get(serviceAccounts, ACCOUNT)).metadata.uid,
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^JTI=[0-9a-f-]{36}$/)] },
    });
  });

  it('is read from a bootstrap token', async () => {
    await master.admin.create(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'bootstrap.kubernetes.io/token',
      metadata: { name: 'bootstrap-token-abcdef', namespace: 'kube-system' },
      stringData: {
        'token-id': 'abcdef',
        'token-secret': '0123456789abcdef',
        'usage-bootstrap-authentication': 'true',
      },
    });
    expect(await whoIs({ token: 'abcdef.0123456789abcdef' })).toMatchObject({ username: 'system:bootstrap:abcdef' });
    expect(await whoIs({ token: 'abcdef.0123456789abcdeg' })).toEqual(UNAUTHORIZED);
  });

  it('is nobody with a token that is not for the API server, or not from it', async () => {
    const good = await tokenOf();
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const claims = JSON.parse(Buffer.from(good.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;
    const forged = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256' }).sign(privateKey);
    const unsigned = [Buffer.from('{"alg":"none"}').toString('base64url'), good.split('.')[1], ''].join('.');
    const tokens = [await tokenOf({ audiences: ['vault'] }), forged, unsigned, `${good}x`, 'x', 'a.b.c', ISSUER];
    for (const token of tokens) expect(await whoIs({ token }), token).toEqual(UNAUTHORIZED);
    expect(await whoIs({ token: good })).toMatchObject({ username: 'system:serviceaccount:default:builder' });
  });

  it('is asked for by other schemes in vain', async () => {
    expect((await ask({}, '/api', { headers: { authorization: 'Basic YTpi' } })).status).toBe(401);
  });
});

describe('acting as someone else', () => {
  const admin = () => {
    const { cert, key } = master.credentials();
    return { cert: cert!, key: key! };
  };

  it('takes on the whole identity that the headers name', async () => {
    expect(
      await whoIs(admin(), {
        'Impersonate-User': 'jane',
        'Impersonate-Group': 'builders',
        'Impersonate-Uid': '4711',
        'Impersonate-Extra-Acme.com%2fProject': 'rocket',
      }),
    ).toEqual({
      username: 'jane',
      uid: '4711',
      groups: ['builders', 'system:authenticated'],
      extra: { 'acme.com/project': ['rocket'] },
    });
  });

  it('gives service accounts their groups, and the anonymous theirs', async () => {
    expect(await whoIs(admin(), { 'Impersonate-User': 'system:serviceaccount:a:b' })).toMatchObject({
      groups: ['system:serviceaccounts', 'system:serviceaccounts:a', 'system:authenticated'],
    });
    const nobody = await whoIs(admin(), { 'Impersonate-User': 'system:anonymous' });
    expect(nobody).toMatchObject({ code: 403, message: expect.stringContaining('"system:anonymous"') as string });
  });

  it('loses the rights of the one who asks', async () => {
    const { status, text } = await ask(admin(), '/api/v1/nodes', { headers: { 'Impersonate-User': 'jane' } });
    expect(status).toBe(403);
    expect(text).toContain('User \\"jane\\" cannot list resource \\"nodes\\"');
  });

  it.each([
    [{ 'Impersonate-User': 'jane' }, 'users "jane" is forbidden', 'resource "users" in API group ""'],
    [
      { 'Impersonate-User': 'system:serviceaccount:kube-system:x' },
      'serviceaccounts "x" is forbidden',
      'resource "serviceaccounts" in API group "" in the namespace "kube-system"',
    ],
  ])('is forbidden to those who may not (%#)', async (headers, what, resource) => {
    const answer = await whoIs({ token: await tokenOf() }, headers);
    expect(answer).toMatchObject({ code: 403 });
    const { message } = answer as Status;
    expect(message).toContain(`${what}: User "system:serviceaccount:default:builder" cannot impersonate ${resource}`);
  });

  it('needs a user', async () => {
    expect(await whoIs(admin(), { 'Impersonate-Group': 'builders' })).toMatchObject({ code: 500 });
  });
});

describe('OpenID discovery', () => {
  it('lets others check our tokens', async () => {
    const token = await tokenOf({ audiences: ['vault'] });
    const own = { token: await tokenOf() };
    const configuration = JSON.parse((await ask(own, '/.well-known/openid-configuration')).text) as object;
    expect(configuration).toEqual({
      issuer: ISSUER,
      jwks_uri: `${ISSUER}/openid/v1/jwks`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
    });
    const { createLocalJWKSet, jwtVerify } = await import('jose');
    const keys = JSON.parse((await ask(own, '/openid/v1/jwks')).text) as Parameters<typeof createLocalJWKSet>[0];
    const { payload } = await jwtVerify(token, createLocalJWKSet(keys), { issuer: ISSUER, audience: 'vault' });
    expect(payload.sub).toBe('system:serviceaccount:default:builder');
    expect(JSON.stringify(keys)).not.toContain('"d"');
  });
});

describe('another signing key', () => {
  const newTokenSigningKey = (): string =>
    generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString();

  it('signs from then on, and tokens of the one before stay good', async () => {
    const [before, after] = [newTokenSigningKey(), newTokenSigningKey()];
    const earlier = [createPublicKey(before).export({ type: 'spki', format: 'pem' }).toString()];
    const clock = realClock;
    await using store = new MemoryStore(clock);
    const start = (tokenKeys: TokenKeys): Promise<TestMaster> => TestMaster.start({ store, tokenKeys, clock });
    const tokenFrom = async (from: TestMaster): Promise<string> => {
      const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
      const answer = await from.admin.createSubresource(serviceAccounts, ACCOUNT, 'token', body);
      return (answer as TokenRequest).status!.token!;
    };
    const keyOf = (token: string) => decodeProtectedHeader(token).kid;
    const review = async (at: TestMaster, token: string): Promise<Stored<TokenReview>['status']> => {
      const asked: TokenReview = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } };
      return (await at.admin.create(tokenReviews, asked)).status;
    };

    const first = await start({ signing: before, earlier: [] });
    await first.admin.create(serviceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: ACCOUNT });
    const old = await tokenFrom(first);
    await first.stop();

    const second = await start({ signing: after, earlier });
    const fresh = await tokenFrom(second);
    expect(keyOf(fresh)).not.toBe(keyOf(old));
    for (const token of [old, fresh]) expect(await review(second, token)).toMatchObject({ authenticated: true });
    using api = await RawApi.open(second);
    const { keys } = (await api.request('GET', '/openid/v1/jwks')).json<{ keys: { kid: string }[] }>();
    expect(keys.map(({ kid }) => kid)).toEqual([keyOf(fresh), keyOf(old)]);
    const document = (await api.request('GET', '/.well-known/openid-configuration')).json();
    expect(document).toMatchObject({ id_token_signing_alg_values_supported: ['ES256'] });
    await second.stop();

    const third = await start({ signing: after, earlier: [] });
    expect(await review(third, old)).toMatchObject({ error: expect.stringContaining('invalid signature') as string });
    await third.stop();
  });
});
