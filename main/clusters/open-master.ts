import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '#common/base/clock.ts';
import type { Log } from '#common/base/log.ts';
import type { Random } from '#common/base/random.ts';
import { addressAt, parseRange } from '#common/kube/ipv4.ts';
import { CLUSTER_ADMINS } from '../master/apiserver/authorization/bootstrap-policy.ts';
import { startMaster, type Master } from '../master/master.ts';
import { MemoryStore } from '../master/store/memory/memory-store.ts';
import { SqliteStore } from '../master/store/sqlite/sqlite-store.ts';
import type { Store } from '../master/store/store.ts';
import { CertificateAuthority, YEAR_MS, type KeyAndCertificate } from '../pki/authority.ts';
import { readCertificateRequest } from '../pki/certificate-request.ts';

export interface MasterHome {
  /** Holds the store and the certificate authority; 0700. */
  readonly directory: string;
  readonly serviceRange: string;
  readonly podRange: string;
  readonly store: 'sqlite' | 'memory';
  /** Addresses, beside loopback, under which it may be reached. */
  readonly addresses: readonly string[];
  readonly assets: { readonly schemas: string; readonly openApi: string };
}

export interface OpenMaster {
  readonly master: Master;
  /** PEM, for whoever is to trust this master. */
  readonly certificateAuthority: string;
  /** A certificate for a person who administers the cluster. */
  issueAdmin(): KeyAndCertificate;
}

export interface MasterContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const SERVICE_NAMES = [
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
];

/** A master with its own certificate authority and store in a directory. */
export async function openMaster(home: MasterHome, context: MasterContext): Promise<OpenMaster> {
  const { clock, random } = context;
  await mkdir(home.directory, { recursive: true, mode: 0o700 });
  const authority = await CertificateAuthority.open(path.join(home.directory, 'pki'), 'kubernetes', clock, random);
  const store = await openStore(home, clock);
  const serving = authority.issue({
    commonName: 'kube-apiserver',
    usage: 'server',
    dnsNames: ['localhost', ...SERVICE_NAMES],
    ipv4Addresses: ['127.0.0.1', addressAt(parseRange(home.serviceRange), 1), ...home.addresses],
    lifetimeMs: YEAR_MS,
  });
  const kubelet = authority.issue({
    commonName: 'kube-apiserver-kubelet-client',
    organizations: [CLUSTER_ADMINS],
    usage: 'client',
    lifetimeMs: YEAR_MS,
  });
  const master = await startMaster({
    ...context,
    store,
    assets: home.assets,
    serviceRange: home.serviceRange,
    podRange: home.podRange,
    serving: { ...serving, clientCa: authority.cert },
    kubelet: { ...kubelet, ca: authority.cert },
    auditFile: path.join(home.directory, 'audit.log'),
    signer: { read: readCertificateRequest, sign: (grant) => authority.sign(grant) },
  });
  return {
    master,
    certificateAuthority: authority.cert,
    issueAdmin: () =>
      authority.issue({
        commonName: 'kubernetes-admin',
        organizations: [CLUSTER_ADMINS],
        usage: 'client',
        lifetimeMs: YEAR_MS,
      }),
  };
}

async function openStore(home: MasterHome, clock: Clock): Promise<Store> {
  switch (home.store) {
    case 'sqlite': {
      const file = path.join(home.directory, 'store.db');
      // SQLite would let others read what it makes; what lies beside the file takes over its mode.
      await writeFile(file, '', { flag: 'a', mode: 0o600 });
      return SqliteStore.open(file, clock);
    }
    case 'memory':
      return new MemoryStore(clock);
    default:
      return home.store satisfies never;
  }
}
