import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { secureRandom } from '#common/base/random.ts';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { CertificateAuthority, YEAR_MS, type KeyAndCertificate } from './authority.ts';
import { RenewedCertificate } from './renewed-certificate.ts';

it('is replaced when four fifths of its life are over, again and again, and never after its end', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'pilothouse-renewal-'));
  try {
    const clock = new VirtualClock();
    const authority = await CertificateAuthority.open(directory, 'kubernetes', clock, secureRandom);
    const renewed: KeyAndCertificate[] = [];
    const certificate = new RenewedCertificate(
      authority,
      { commonName: 'jane', usage: 'client', lifetimeMs: YEAR_MS },
      clock,
    );
    certificate.onRenewed((pair) => renewed.push(pair));
    const first = certificate.current;
    await clock.advance(0.8 * YEAR_MS - 1);
    expect(certificate.current).toBe(first);
    await clock.advance(1);
    expect(certificate.current).not.toBe(first);
    expect(renewed).toEqual([certificate.current]);
    expect(Date.parse(new X509Certificate(certificate.current.cert).validTo)).toBe(clock.now() + YEAR_MS);
    expect(certificate.current.key).not.toBe(first.key);
    await clock.advance(0.8 * YEAR_MS);
    expect(renewed).toHaveLength(2);
    certificate[Symbol.dispose]();
    await clock.advance(YEAR_MS);
    expect(renewed).toHaveLength(2);

    const slept = new RenewedCertificate(authority, { commonName: 'joe', usage: 'client', lifetimeMs: YEAR_MS }, clock);
    const before = slept.current;
    // The time of day goes on while a computer sleeps, and timers do not.
    clock.jumpWall(0.9 * YEAR_MS);
    await clock.advance(86_400_000);
    expect(slept.current).not.toBe(before);
    slept[Symbol.dispose]();
    expect(clock.pending).toBe(0);
  } finally {
    await rm(directory, { recursive: true });
  }
});
