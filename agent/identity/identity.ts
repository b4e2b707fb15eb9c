import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { AgentConfig } from '#common/contract/agent-config.ts';
import type { Client } from '#common/client/client.ts';
import { HttpsClient } from '#common/client/https/client.ts';
import type { SessionOptions } from '#common/client/https/session.ts';
import { BUILD_VERSION } from '#common/kube/version.ts';
import type { AgentContext } from '../base/context.ts';
import type { ServersFile } from '../reach/servers-file.ts';
import { readFileIfPresent } from '../base/files.ts';
import { CertificateKeeper } from './certificate-keeper.ts';
import { parseAuthorities } from './key-and-certificate.ts';
import type { CertificateProfile } from './signing.ts';

/** How a node proves who it is: to the API server, and as a server of its own. */
export interface Identity {
  /** The API as `system:node:<name>`. */
  readonly client: HttpsClient;
  readonly clientCertificate: CertificateKeeper;
  /** Not obtained yet: that takes a signer's time, and nothing but the kubelet's server waits for it. */
  readonly servingCertificate: CertificateKeeper;
  /** PEM. */
  readonly certificateAuthority: string;
}

/** Loads or obtains the node's credentials (upstream: TLS bootstrapping). */
export async function establishIdentity(
  config: AgentConfig,
  servers: ServersFile,
  context: AgentContext,
  signal: AbortSignal,
): Promise<Identity> {
  const certificateAuthority = await readFile(config.certificateAuthority, 'utf8');
  const authorities = parseAuthorities(certificateAuthority);
  if (authorities.length === 0) throw new Error(`${config.certificateAuthority} holds no certificate`);
  const subject = { commonName: `system:node:${config.nodeName}`, organization: 'system:nodes' };
  const keeper = (name: string, profile: CertificateProfile): CertificateKeeper =>
    new CertificateKeeper({
      file: path.join(config.stateDirectory, 'pki', `${name}.pem`),
      profile,
      authorities,
      context,
    });
  const clientCertificate = keeper('kubelet-client', {
    signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
    usages: ['digital signature', 'client auth'],
    subject,
  });
  const servingCertificate = keeper('kubelet-server', {
    signerName: 'kubernetes.io/kubelet-serving',
    usages: ['digital signature', 'server auth'],
    subject: { ...subject, dnsNames: [config.nodeName], ipv4Addresses: [config.nodeAddress] },
  });

  const session = {
    serverName: config.serverName,
    userAgent: `pilothouse-agent/${BUILD_VERSION}`,
    clock: context.clock,
  } satisfies Omit<SessionOptions, 'servers' | 'credentials'>;
  if (!(await clientCertificate.load())) {
    const token = (await readFileIfPresent(config.bootstrapTokenFile))?.trim();
    if (!token) {
      throw new Error(`No usable client certificate, and no bootstrap token in ${config.bootstrapTokenFile}`);
    }
    await using bootstrap = new HttpsClient({
      ...session,
      servers: servers.addresses,
      credentials: () => ({ ca: certificateAuthority, token }),
    });
    using _moves = servers.subscribe(() => bootstrap.session.useServers(servers.addresses));
    await clientCertificate.obtain(bootstrap, signal);
  }
  await rm(config.bootstrapTokenFile, { force: true });

  const client = new HttpsClient({
    ...session,
    servers: servers.addresses,
    credentials: () => {
      const { cert, key } = clientCertificate.current;
      return { ca: certificateAuthority, cert, key };
    },
  });
  return { client, clientCertificate, servingCertificate, certificateAuthority };
}

/** Renews the client certificate for as long as the agent runs; new connections use it at once. */
export async function keepClientCertificate(
  { client, clientCertificate }: Identity,
  signal: AbortSignal,
): Promise<void> {
  using _listener = clientCertificate.onRenewed(() => client.session.reset());
  await clientCertificate.keepRenewed(client, signal);
}

/** Obtains the serving certificate if need be, tells when there is one, and renews it. */
export async function keepServingCertificate(
  certificate: CertificateKeeper,
  client: Client,
  onChange: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  if (!(await certificate.load())) await certificate.obtain(client, signal);
  await onChange();
  using _listener = certificate.onRenewed(() => void onChange());
  await certificate.keepRenewed(client, signal);
}
