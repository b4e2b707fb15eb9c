import { X509Certificate, createPublicKey, type KeyObject } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fromDer, fromPem, toDer, type Asn1 } from '#common/asn1/der.ts';
import { silentLog } from '#common/base/log.ts';
import { seededRandom } from '#common/base/random.ts';
import { Scope } from '#common/base/scope.ts';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { certificateSigningRequests } from '#common/kube/resources.ts';
import { authority, certificate, keyPem, newKey } from '../testing/certificates.ts';
import { MemoryClient } from '../testing/memory-client.ts';
import { CertificateKeeper } from './certificate-keeper.ts';

const DAY_MS = 86_400_000;
const START = Date.UTC(2030, 0, 1);

let directory: string;
let clock: VirtualClock;
let client: MemoryClient;
let scope: Scope;
const ca = authority();

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'pki-'));
  clock = new VirtualClock(START);
  client = new MemoryClient();
  scope = new Scope((error) => expect.unreachable(String(error)));
});

afterEach(async () => {
  await scope.close();
  await rm(directory, { recursive: true });
});

const file = () => path.join(directory, 'pki/client.pem');
const subject = { commonName: 'system:node:a', organization: 'system:nodes' };

function keeper(): CertificateKeeper {
  return new CertificateKeeper({
    file: file(),
    profile: { signerName: 'kubernetes.io/kube-apiserver-client-kubelet', usages: ['client auth'], subject },
    authorities: [new X509Certificate(ca.cert)],
    context: { clock, random: seededRandom(1), log: silentLog },
  });
}

const requests = () => client.all(certificateSigningRequests);

/** Signs every request that waits, as the controller of the master does. */
async function signAll(change: Partial<Parameters<typeof certificate>[0]> = {}): Promise<void> {
  for (const request of requests().filter(({ status }) => !status?.certificate)) {
    const now = clock.now();
    const options = { ...subject, notBefore: new Date(now), notAfter: new Date(now + 100 * DAY_MS), ...change };
    const cert = certificate(options, publicKeyOf(request.spec.request), ca);
    const patch = { status: { certificate: Buffer.from(cert).toString('base64') } };
    await client.patch(certificateSigningRequests, request.metadata, 'merge', patch);
  }
}

function publicKeyOf(request: string): KeyObject {
  const parts = (node: Asn1 | undefined): Asn1[] => (Array.isArray(node?.value) ? node.value : []);
  const [info] = parts(fromDer(fromPem(Buffer.from(request, 'base64').toString())));
  return createPublicKey({ key: toDer(parts(info)[2]!), format: 'der', type: 'spki' });
}

const eventually = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 5000, interval: 5 });

describe('the certificate of a node', () => {
  it('is asked for, waited for, stored for root alone, and found again', async () => {
    const first = keeper();
    expect(await first.load()).toBe(false);
    const obtained = first.obtain(client, scope.signal);
    await eventually(() => expect(requests()).toHaveLength(1));
    expect(requests()[0]?.spec).toMatchObject({
      signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
      usages: ['client auth'],
    });
    await signAll();
    await obtained;
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    const again = keeper();
    expect(await again.load()).toBe(true);
    expect(again.current).toEqual(first.current);
  });

  it('is asked for with the same request after an interruption', async () => {
    const cut = new AbortController();
    const first = keeper().obtain(client, cut.signal);
    await eventually(() => expect(requests()).toHaveLength(1));
    cut.abort();
    await expect(first).rejects.toThrow();
    const second = keeper().obtain(client, scope.signal);
    await signAll();
    await second;
    expect(requests()).toHaveLength(1);
  });

  it.each([
    ['has expired', { notAfter: new Date(START - 1) }],
    ['names somebody else', { commonName: 'system:node:b' }],
    ['is in another group', { organization: 'system:masters' }],
  ])('is not used when it %s', async (_why, change) => {
    const key = newKey();
    const cert = certificate({ ...subject, ...change }, key, ca);
    await keeper().load();
    await writePair(cert, key);
    expect(await keeper().load()).toBe(false);
  });

  it('is not used when it is for another key, from another authority, or no certificate at all', async () => {
    const key = newKey();
    await writePair(certificate(subject, newKey(), ca), key);
    expect(await keeper().load()).toBe(false);
    await writePair(certificate(subject, key, authority('other')), key);
    expect(await keeper().load()).toBe(false);
    await writeFile(file(), 'half a certifica');
    expect(await keeper().load()).toBe(false);
    await writePair(certificate(subject, key, ca), key);
    expect(await keeper().load()).toBe(true);
  });

  it('is asked for with a new key when the request was denied', async () => {
    const obtained = keeper().obtain(client, scope.signal);
    await eventually(() => expect(requests()).toHaveLength(1));
    const denied = { status: { conditions: [{ type: 'Denied', status: 'True', message: 'no' }] } };
    await client.patch(certificateSigningRequests, requests()[0]!.metadata, 'merge', denied);
    await eventually(async () => {
      await clock.advance(1000);
      expect(requests()).toHaveLength(2);
    });
    await client.delete(certificateSigningRequests, requests()[0]!.metadata);
    await signAll();
    await obtained;
  });

  it('is renewed when 70 to 90 percent of its life are over, and used at once', async () => {
    const kept = keeper();
    const obtained = kept.obtain(client, scope.signal);
    await eventually(() => expect(requests()).toHaveLength(1));
    await signAll();
    await obtained;
    const before = kept.current;
    const renewed = vi.fn();
    using _listener = kept.onRenewed(renewed);
    scope.run('renewal', (signal) => kept.keepRenewed(client, signal));
    await clock.advance(69 * DAY_MS);
    expect(requests()).toHaveLength(1);
    await clock.advance(21 * DAY_MS);
    await eventually(() => expect(requests()).toHaveLength(2));
    await signAll();
    await eventually(() => expect(renewed).toHaveBeenCalledOnce());
    expect(kept.current.key).not.toBe(before.key);
    expect(await readFile(file(), 'utf8')).toContain(kept.current.key);
  });
});

async function writePair(cert: string, key: KeyObject): Promise<void> {
  await mkdir(path.dirname(file()), { recursive: true });
  await writeFile(file(), cert + keyPem(key));
}
