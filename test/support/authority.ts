import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Clock } from '#common/base/clock.ts';
import type { Random } from '#common/base/random.ts';
import { CertificateAuthority } from '../../main/pki/authority.ts';

/** An authority that leaves nothing on disk. */
export async function temporaryAuthority(clock: Clock, random: Random): Promise<CertificateAuthority> {
  const directory = await mkdtemp(path.join(tmpdir(), 'pilothouse-authority-'));
  try {
    return await CertificateAuthority.open(directory, 'kubernetes', clock, random);
  } finally {
    await rm(directory, { recursive: true });
  }
}
