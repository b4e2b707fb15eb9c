import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { unlessAborted } from '#common/base/abort.ts';
import { describeError } from '#common/base/log.ts';
import { Scope } from '#common/base/scope.ts';
import type { Client } from '#common/client/client.ts';
import { Informer } from '#common/client/informer.ts';
import type { Stored } from '#common/kube/object.ts';
import { certificateSigningRequests, type CertificateSigningRequest } from '#common/kube/resources.ts';
import { isStatus } from '#common/kube/status-error.ts';
import type { AgentContext } from '../base/context.ts';
import { certificateRequest, type CertificateSubject } from './certificate-request.ts';

export interface CertificateProfile {
  readonly signerName: string;
  readonly usages: CertificateSigningRequest['spec']['usages'];
  readonly subject: CertificateSubject;
}

/** As the kubelet's: a request that nobody has signed by then is made anew. */
const TIMEOUT_MS = 15 * 60_000;

/**
 * Has the cluster sign a certificate for the key (certificates.k8s.io/v1), and waits for it. The request is
 * named after the key, so that asking again after an interruption finds the request of the first time.
 */
export async function obtainCertificate(
  client: Client,
  profile: CertificateProfile,
  privateKey: KeyObject,
  context: AgentContext,
  parent: AbortSignal,
): Promise<string> {
  const name = await ensureRequest(client, profile, privateKey);
  context.log.info('waiting for a certificate', { request: name, signer: profile.signerName });
  await using scope = new Scope((error, task) => context.log.error(task, { error: describeError(error) }), parent);
  const informer = new Informer(
    client,
    certificateSigningRequests,
    { fieldSelector: `metadata.name=${name}` },
    { ...context },
  );
  const outcome = Promise.withResolvers<string>();
  scope.hold(
    informer.subscribe(({ current }) => {
      if (!current) return;
      const refusal = refusalOf(current);
      if (refusal !== undefined) outcome.reject(new Error(`The certificate request ${name} was refused: ${refusal}`));
      else if (current.status?.certificate) {
        outcome.resolve(Buffer.from(current.status.certificate, 'base64').toString('utf8'));
      }
    }),
  );
  scope.run('certificate request', (signal) => informer.run(signal));
  scope.hold(
    context.clock.after(TIMEOUT_MS, () => {
      outcome.reject(new Error(`The certificate request ${name} was not signed in time`));
    }),
  );
  return await unlessAborted(outcome.promise, parent);
}

async function ensureRequest(client: Client, profile: CertificateProfile, privateKey: KeyObject): Promise<string> {
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const digest = createHash('sha256').update(profile.signerName).update('\0').update(publicKey).digest('hex');
  const name = `node-csr-${digest.slice(0, 43)}`;
  try {
    await client.create(certificateSigningRequests, {
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name },
      spec: {
        request: Buffer.from(certificateRequest(profile.subject, privateKey)).toString('base64'),
        signerName: profile.signerName,
        usages: profile.usages ?? [],
      },
    });
  } catch (error) {
    if (!isStatus(error, 'AlreadyExists')) throw error;
  }
  return name;
}

function refusalOf(request: Stored<CertificateSigningRequest>): string | undefined {
  const condition = request.status?.conditions?.find(({ type }) => type === 'Denied' || type === 'Failed');
  return condition && `${condition.type}: ${condition.message ?? condition.reason ?? ''}`;
}
