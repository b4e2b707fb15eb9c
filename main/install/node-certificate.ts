import { X509Certificate } from 'node:crypto';
import { nodePaths, type NodeContext } from './node-context.ts';
import type { SshConnection } from './ssh-connection.ts';

/** An agent that runs renews its certificates long before: this close to the end it did not run. */
const LEAST_LEFT_MS = 3_600_000;

/** Whether the agent on the machine has a client certificate of the cluster that is good for a while. */
export async function hasUsableCertificate(
  { clock, cluster }: NodeContext,
  connection: SshConnection,
  signal: AbortSignal,
): Promise<boolean> {
  // The file holds the private key as well, which is nobody's but the node's.
  const onlyCertificates = '/-BEGIN CERTIFICATE-/,/-END CERTIFICATE-/p';
  const argv = ['sed', '-n', onlyCertificates, nodePaths.clientCertificate];
  const { exitCode, stdout } = await connection.run(argv, { signal, accept: [0, 2] });
  if (exitCode !== 0) return false;
  try {
    const certificate = new X509Certificate(stdout);
    const leftMs = Date.parse(certificate.validTo) - clock.now();
    return leftMs > LEAST_LEFT_MS && certificate.verify(new X509Certificate(cluster.certificateAuthority).publicKey);
  } catch {
    return false;
  }
}
