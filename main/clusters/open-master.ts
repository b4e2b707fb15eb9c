import path from 'node:path';
import type { Clock } from '#common/base/clock.ts';
import type { Log } from '#common/base/log.ts';
import type { Random } from '#common/base/random.ts';
import { addressAt, parseRange } from '#common/kube/ipv4.ts';
import { CLUSTER_ADMINS } from '../master/apiserver/authorization/bootstrap-policy.ts';
import type { ServingCredentials } from '../master/apiserver/http/server.ts';
import { startMaster, type Master } from '../master/master.ts';
import { CertificateAuthority, YEAR_MS, type Issue, type KeyAndCertificate } from '../pki/authority.ts';
import { readCertificateRequest } from '../pki/certificate-request.ts';
import { RenewedCertificate } from '../pki/renewed-certificate.ts';
import { openTokenKeys } from '../pki/token-signing-key.ts';
import { makeDirectory } from './make-directory.ts';
import { openStore, type StoreHome } from './open-store.ts';

export interface MasterHome extends StoreHome {
  /** Holds the store, its encryption keys and the certificate authority; 0700. */
  readonly directory: string;
  readonly serviceRange: string;
  readonly podRange: string;
  /** Addresses, beside loopback, under which it may be reached. */
  readonly addresses: readonly string[];
  readonly assets: { readonly schemas: string; readonly openApi: string };
}

/** A master, and the certificates that are renewed while it runs. */
export interface OpenMaster extends AsyncDisposable {
  readonly master: Master;
  /** PEM, for whoever is to trust this master. */
  readonly certificateAuthority: string;
  /** For a person who administers the cluster. */
  readonly admin: RenewedCertificate;
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
  await makeDirectory(home.directory);
  await using opened = new AsyncDisposableStack();
  // First of all: it is what keeps other processes out of the directory.
  const store = opened.use(await openStore(home, context));
  const pki = path.join(home.directory, 'pki');
  const authority = await CertificateAuthority.open(pki, 'kubernetes', clock, random);
  const issued = (request: Omit<Issue, 'publicKey' | 'lifetimeMs'>): RenewedCertificate =>
    new RenewedCertificate(authority, { ...request, lifetimeMs: YEAR_MS }, clock);
  const serving = issued({
    commonName: 'kube-apiserver',
    usage: 'server',
    dnsNames: ['localhost', ...SERVICE_NAMES],
    ipv4Addresses: ['127.0.0.1', addressAt(parseRange(home.serviceRange), 1), ...home.addresses],
  });
  const person = { organizations: [CLUSTER_ADMINS], usage: 'client' } as const;
  const kubelet = issued({ ...person, commonName: 'kube-apiserver-kubelet-client' });
  const admin = issued({ ...person, commonName: 'kubernetes-admin' });
  for (const certificate of [serving, kubelet, admin]) opened.use(certificate);
  const tokenKeys = await openTokenKeys(pki, clock);
  const servingOf = (pair: KeyAndCertificate): ServingCredentials => ({ ...pair, clientCa: authority.cert });
  const master = await startMaster({
    ...context,
    store,
    assets: home.assets,
    serviceRange: home.serviceRange,
    podRange: home.podRange,
    serving: servingOf(serving.current),
    kubelet: () => ({ ...kubelet.current, ca: authority.cert }),
    tokenKeys,
    rootCa: authority.cert,
    auditFile: path.join(home.directory, 'audit.log'),
    signer: { read: readCertificateRequest, sign: (grant) => authority.sign(grant) },
  });
  serving.onRenewed((pair) => master.useServing(servingOf(pair)));
  opened.use(master);
  const lifetime = opened.move();
  return {
    master,
    certificateAuthority: authority.cert,
    admin,
    [Symbol.asyncDispose]: () => lifetime.disposeAsync(),
  };
}
