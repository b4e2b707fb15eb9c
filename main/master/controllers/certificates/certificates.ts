import { asError } from '#common/base/assert.ts';
import { mutableCopy } from '#common/base/freeze.ts';
import type { Scope } from '#common/base/scope.ts';
import type { Informer } from '#common/client/informer.ts';
import type { WorkQueue } from '#common/client/work-queue.ts';
import { keyOf, type ObjectKey, type Stored } from '#common/kube/object.ts';
import {
  certificateSigningRequests,
  nodes,
  type CertificateSigningRequest,
  type Node,
} from '#common/kube/resources.ts';
import { isStatus } from '#common/kube/status-error.ts';
import { timeText } from '#common/kube/time.ts';
import { runController, type Controller, type ControllerContext } from '../controller.ts';
import { API_CLIENT, clientRefusal } from './client-policy.ts';
import { isAskedByNode, KUBELET_CLIENT, KUBELET_SERVING, kubeletRefusal, nodeNameOf } from './kubelet-policy.ts';
import type { CertificateAsk, CertificateSigner } from './signer.ts';

const YEAR_MS = 365 * 86_400_000;
const SIGNERS: Readonly<Record<string, 'client' | 'server'>> = {
  [KUBELET_CLIENT]: 'client',
  [KUBELET_SERVING]: 'server',
  [API_CLIENT]: 'client',
};

/** How long a request is kept (upstream's CSR cleaner): an hour when it is answered, else a day. */
const KEEP_ANSWERED_MS = 3_600_000;
const KEEP_OTHERS_MS = 24 * 3_600_000;

/** Approves what kubelets may ask for, signs what is approved, and clears away what is done. */
export function startCertificates(context: ControllerContext, signer: CertificateSigner, scope: Scope): void {
  runController<ObjectKey>('certificates', context, scope, (queue) => new Certificates(context, signer, queue));
}

class Certificates implements Controller<ObjectKey> {
  readonly workers = 2;
  readonly #context: ControllerContext;
  readonly #signer: CertificateSigner;
  readonly #queue: WorkQueue<ObjectKey>;
  readonly #requests: Informer<CertificateSigningRequest>;
  readonly #nodes: Informer<Node>;

  constructor(context: ControllerContext, signer: CertificateSigner, queue: WorkQueue<ObjectKey>) {
    this.#context = context;
    this.#signer = signer;
    this.#queue = queue;
    this.#requests = context.informers.for(certificateSigningRequests);
    this.#nodes = context.informers.for(nodes);
    this.#requests.subscribe(({ current }) => {
      if (current) queue.add(keyOf(current));
    });
    // A kubelet may ask before its node, or an address of it, is known.
    this.#nodes.subscribe(({ current, previous }) => {
      if (!current || JSON.stringify(current.status?.addresses) === JSON.stringify(previous?.status?.addresses)) return;
      for (const request of this.#requests.list()) if (!isAnswered(request)) queue.add(keyOf(request));
    });
  }

  get informers(): Controller['informers'] {
    return [this.#requests, this.#nodes];
  }

  async reconcile(key: ObjectKey): Promise<void> {
    const request = this.#requests.get(key);
    if (!request) return;
    const keep = isAnswered(request) ? KEEP_ANSWERED_MS : KEEP_OTHERS_MS;
    const age = this.#context.clock.now() - Date.parse(request.metadata.creationTimestamp);
    if (age >= keep) {
      await this.#remove(request);
      return;
    }
    this.#queue.addAfter(key, keep - age);
    // Other signers read, approve and sign for themselves.
    const usage = SIGNERS[request.spec.signerName];
    if (isAnswered(request) || !usage) return;
    const ask = this.#read(request);
    if (ask instanceof Error) await this.#fail(request, ask.message);
    else if (hasCondition(request, 'Approved')) await this.#sign(request, ask, usage);
    else await this.#approve(request, ask);
  }

  #read(request: Stored<CertificateSigningRequest>): CertificateAsk | Error {
    try {
      return this.#signer.read(Buffer.from(request.spec.request, 'base64').toString('utf8'));
    } catch (error) {
      return asError(error);
    }
  }

  async #approve(request: Stored<CertificateSigningRequest>, ask: CertificateAsk): Promise<void> {
    const { signerName } = request.spec;
    if (signerName !== KUBELET_CLIENT && signerName !== KUBELET_SERVING) return;
    const why = isAskedByNode(request.spec, ask)
      ? await this.#refusal(request, ask)
      : 'it is asked for by someone else';
    if (why !== undefined) {
      this.#context.log.info('a certificate request was not approved', { request: request.metadata.name, why });
      return;
    }
    const message =
      signerName === KUBELET_CLIENT
        ? 'Auto approving kubelet client certificate after SubjectAccessReview.'
        : 'Auto approving kubelet serving certificate for the names of its own node.';
    await this.#condition(request, { type: 'Approved', reason: 'AutoApproved', message }, 'approval');
  }

  async #sign(
    request: Stored<CertificateSigningRequest>,
    ask: CertificateAsk,
    usage: 'client' | 'server',
  ): Promise<void> {
    const { expirationSeconds } = request.spec;
    // An approval by a person stands in for who asks, never for what a certificate may say.
    const why = await this.#refusal(request, ask);
    if (why !== undefined) {
      await this.#fail(request, why);
      return;
    }
    const lifetimeMs = Math.min(YEAR_MS, (expirationSeconds ?? Number.POSITIVE_INFINITY) * 1000);
    const certificate = this.#signer.sign({ ...ask, usage, lifetimeMs });
    const object = mutableCopy<CertificateSigningRequest>(request);
    object.status = { ...object.status, certificate: Buffer.from(certificate, 'utf8').toString('base64') };
    await this.#update(object, 'status');
  }

  async #fail(request: Stored<CertificateSigningRequest>, message: string): Promise<void> {
    await this.#condition(request, { type: 'Failed', reason: 'SignerValidationFailure', message }, 'status');
  }

  async #condition(
    request: Stored<CertificateSigningRequest>,
    condition: { type: string; reason: string; message: string },
    subresource: 'approval' | 'status',
  ): Promise<void> {
    const now = timeText(this.#context.clock.now());
    const object = mutableCopy<CertificateSigningRequest>(request);
    const conditions = [
      ...(object.status?.conditions ?? []),
      { ...condition, status: 'True', lastUpdateTime: now, lastTransitionTime: now },
    ];
    object.status = { ...object.status, conditions };
    await this.#update(object, subresource);
  }

  async #update(object: CertificateSigningRequest, subresource: 'approval' | 'status'): Promise<void> {
    await this.#context.client.update(certificateSigningRequests, object, { subresource }).catch((error: unknown) => {
      if (!isStatus(error, 'Conflict') && !isStatus(error, 'NotFound')) throw error;
    });
  }

  async #remove(request: Stored<CertificateSigningRequest>): Promise<void> {
    await this.#context.client
      .delete(certificateSigningRequests, { name: request.metadata.name })
      .catch((error: unknown) => {
        if (!isStatus(error, 'NotFound')) throw error;
      });
  }

  /** What the certificate must not say. */
  async #refusal({ spec }: Stored<CertificateSigningRequest>, ask: CertificateAsk): Promise<string | undefined> {
    if (spec.signerName === API_CLIENT) return clientRefusal(spec, ask);
    const name = nodeNameOf(ask);
    if (spec.signerName === KUBELET_CLIENT || name === '') return kubeletRefusal(spec, ask, undefined);
    // The API itself is asked: names that the node has just given up must not be certified.
    const node = await this.#context.client.get(nodes, { name }).catch((error: unknown) => {
      if (isStatus(error, 'NotFound')) return undefined;
      throw error;
    });
    const addresses = node && (node.status?.addresses ?? []).filter(({ type }) => type.endsWith('IP'));
    return kubeletRefusal(
      spec,
      ask,
      addresses?.map(({ address }) => address),
    );
  }
}

/** Nothing more is to be done for it. */
function isAnswered(request: Stored<CertificateSigningRequest>): boolean {
  return Boolean(request.status?.certificate) || hasCondition(request, 'Denied') || hasCondition(request, 'Failed');
}

function hasCondition(request: Stored<CertificateSigningRequest>, type: string): boolean {
  return request.status?.conditions?.some((condition) => condition.type === type) === true;
}
