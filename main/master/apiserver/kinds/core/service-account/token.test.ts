import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import {
  nodes,
  pods,
  secrets,
  serviceAccounts,
  tokenReviews,
  type TokenRequest,
  type TokenReview,
} from '#common/kube/resources.ts';
import { TestMaster } from '../../../../../../test/support/master.ts';
import { ISSUER } from '../../../authentication/service-account/token-issuer.ts';

const ACCOUNT = { namespace: 'default', name: 'builder' };
const MINUTE = 60_000;

let clock: VirtualClock;
let master: TestMaster;

beforeEach(async () => {
  clock = new VirtualClock();
  master = await TestMaster.start({ clock });
  await master.admin.create(serviceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: ACCOUNT });
});

afterEach(() => master[Symbol.asyncDispose]());

type Spec = NonNullable<TokenRequest['spec']>;

async function request(spec: Partial<Spec> = {}, account = ACCOUNT): Promise<TokenRequest> {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
  return (await master.admin.createSubresource(serviceAccounts, account, 'token', body)) as TokenRequest;
}

const tokenOf = async (spec: Partial<Spec> = {}): Promise<string> => (await request(spec)).status!.token!;

function claimsOf({ status }: TokenRequest): { exp: number; iat: number; aud: string[]; 'kubernetes.io': object } {
  return JSON.parse(Buffer.from(status!.token!.split('.')[1]!, 'base64url').toString()) as ReturnType<typeof claimsOf>;
}

async function review(token: string, audiences?: string[]): Promise<NonNullable<TokenReview['status']>> {
  const spec = { token, ...(audiences ? { audiences } : {}) };
  const body: TokenReview = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec };
  return (await master.admin.create(tokenReviews, body)).status as NonNullable<TokenReview['status']>;
}

async function runPod(serviceAccountName = 'builder') {
  await master.admin.create(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'one' } });
  return master.admin.create(pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'default', name: 'web' },
    spec: { nodeName: 'one', serviceAccountName, containers: [{ name: 'web', image: 'web' }] },
  });
}
const boundTo = (kind: string, name: string, uid?: string): Partial<Spec> => ({
  boundObjectRef: { apiVersion: 'v1', kind, name, ...(uid === undefined ? {} : { uid }) },
});

describe('a token request', () => {
  it('is answered with an hour for the API server, unless it asks for something else', async () => {
    const answer = await request();
    expect(answer).toMatchObject({
      metadata: ACCOUNT,
      spec: { audiences: [ISSUER], expirationSeconds: 3600 },
      status: { expirationTimestamp: '2030-01-01T01:00:00Z' },
    });
    const { exp, iat, ...rest } = claimsOf(answer);
    expect(exp - iat).toBe(3600);
    const { uid } = (await master.admin.get(serviceAccounts, ACCOUNT)).metadata;
    expect(rest).toMatchObject({
      iss: ISSUER,
      sub: 'system:serviceaccount:default:builder',
      aud: [ISSUER],
      'kubernetes.io': { namespace: 'default', serviceaccount: { name: 'builder', uid } },
    });
    expect(claimsOf(await request({ audiences: ['vault'], expirationSeconds: 7200 }))).toMatchObject({
      aud: ['vault'],
      exp: iat + 7200,
    });
  });

  it('extends what is mounted for clients that do not read their token anew', async () => {
    const answer = await request({ expirationSeconds: 3607 });
    const { exp, iat, 'kubernetes.io': bound } = claimsOf(answer);
    expect([exp - iat, bound]).toEqual([365 * 86_400, expect.objectContaining({ warnafter: iat + 3607 })]);
    // Whoever does read it anew comes in time.
    expect(answer.status?.expirationTimestamp).toBe('2030-01-01T01:00:07Z');
    const other = claimsOf(await request({ expirationSeconds: 3607, audiences: ['vault'] }));
    expect(other.exp - other.iat).toBe(3607);
  });

  it.each([
    [599, 'may not specify a duration less than 10 minutes'],
    [2 ** 32 + 1, 'may not specify a duration larger than 2^32 seconds'],
  ])('cannot be for %d seconds', async (expirationSeconds, why) => {
    await expect(request({ expirationSeconds })).rejects.toMatchObject({
      code: 422,
      message: `TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: ${expirationSeconds}: ${why}`,
    });
  });

  it('names the objects that it is bound to', async () => {
    const pod = await runPod();
    const answer = await request(boundTo('Pod', 'web', pod.metadata.uid));
    const node = await master.admin.get(nodes, { name: 'one' });
    expect(claimsOf(answer)['kubernetes.io']).toMatchObject({
      pod: { name: 'web', uid: pod.metadata.uid },
      node: { name: 'one', uid: node.metadata.uid },
    });
    expect((await review(answer.status!.token!)).user?.extra).toMatchObject({
      'authentication.kubernetes.io/pod-name': ['web'],
      'authentication.kubernetes.io/pod-uid': [pod.metadata.uid],
      'authentication.kubernetes.io/node-name': ['one'],
      'authentication.kubernetes.io/node-uid': [node.metadata.uid],
    });
  });

  it('cannot be bound to what is not there, or belongs to another', async () => {
    await expect(request(boundTo('Pod', 'web'))).rejects.toMatchObject({ message: 'pods "web" not found' });
    await runPod('other');
    await expect(request(boundTo('Pod', 'web'))).rejects.toMatchObject({
      message: 'cannot bind token for serviceaccount "builder" to pod running with different serviceaccount name.',
    });
    await expect(request(boundTo('Node', 'one', 'another'))).rejects.toMatchObject({ code: 409 });
    await expect(request(boundTo('ConfigMap', 'a'))).rejects.toMatchObject({
      message: 'cannot bind token to object of type v1, Kind=ConfigMap',
    });
    await expect(request({}, { ...ACCOUNT, name: 'none' })).rejects.toMatchObject({
      message: 'serviceaccounts "none" not found',
    });
  });
});

describe('a token review', () => {
  const GOOD = { authenticated: true, audiences: [ISSUER] };

  it('tells whose token it is, and for which of the audiences', async () => {
    const token = await tokenOf({ audiences: ['vault', ISSUER] });
    expect(await review(token)).toMatchObject(GOOD);
    expect(await review(token, ['vault', 'other'])).toMatchObject({ authenticated: true, audiences: ['vault'] });
    expect(await review(token, ['other'])).toEqual({
      user: {},
      error: `[invalid bearer token, token audiences ["vault" "${ISSUER}"] is invalid for the target audiences ["other"]]`,
    });
    expect(await review('nonsense')).toEqual({ user: {}, error: 'invalid bearer token' });
    await expect(review('')).rejects.toMatchObject({ code: 400 });
  });

  it('ends with the time', async () => {
    const token = await tokenOf({ expirationSeconds: 600 });
    await clock.advance(11 * MINUTE);
    expect(await review(token)).toMatchObject(GOOD);
    await clock.advance(1000);
    expect((await review(token)).error).toBe('[invalid bearer token, service account token has expired]');
  });

  it('ends with the service account, also when there is a new one of its name', async () => {
    const token = await tokenOf();
    expect(await review(token)).toMatchObject(GOOD);
    await master.admin.delete(serviceAccounts, ACCOUNT);
    const gone = '[invalid bearer token, service account default/builder has been deleted]';
    expect((await review(token)).error).toBe(gone);
    await master.admin.create(serviceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: ACCOUNT });
    expect((await review(token)).error).toBe(gone);
  });

  it('ends with the Secret or node that it is bound to', async () => {
    const metadata = { namespace: 'default', name: 'key' };
    await master.admin.create(secrets, { apiVersion: 'v1', kind: 'Secret', metadata });
    await runPod();
    const tokens = [await tokenOf(boundTo('Secret', 'key')), await tokenOf(boundTo('Node', 'one'))];
    for (const token of tokens) expect(await review(token)).toMatchObject(GOOD);
    await master.admin.delete(secrets, metadata);
    await master.admin.delete(nodes, { name: 'one' });
    for (const token of tokens) {
      expect((await review(token)).error).toBe('[invalid bearer token, service account token has been invalidated]');
    }
  });

  it('ends a minute after its pod should have been gone', async () => {
    const pod = await runPod();
    const token = await tokenOf(boundTo('Pod', 'web'));
    await master.admin.delete(pods, pod.metadata, { gracePeriodSeconds: 30 });
    await clock.advance(90_000);
    expect(await review(token)).toMatchObject(GOOD);
    await clock.advance(1000);
    expect((await review(token)).error).toBe('[invalid bearer token, service account token has been invalidated]');
  });
});
