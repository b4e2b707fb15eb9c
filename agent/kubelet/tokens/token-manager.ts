import { z } from 'zod';
import type { Client } from '#common/client/client.ts';
import { serviceAccounts, type TokenRequest } from '#common/kube/resources.ts';
import type { AgentContext } from '../../base/context.ts';
import { podSpec, type StoredPod } from '../pods/pod.ts';

/** What a pod asks of a token. */
export interface TokenWish {
  /** The API server itself when absent. */
  readonly audience?: string;
  readonly expirationSeconds: number;
}

interface HeldToken {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** From when on a newer one is to be had, in the same time. */
  readonly staleAt: number;
  wakeUp: Disposable;
}

const statusSchema = z.object({
  spec: z.object({ expirationSeconds: z.number() }),
  status: z.object({ token: z.string().min(1), expirationTimestamp: z.iso.datetime() }),
});

/** A token is replaced after this part of its life, or after a day (kubelet's token manager). */
const FRESH_PART = 0.8;
const FRESH_AT_MOST_MS = 24 * 3600 * 1000;
/** So that not all pods of a node ask at once. */
const JITTER_MS = 10_000;
const RETRY_MS = 60_000;

/** The tokens of this node's pods: asked for with the node's own credentials, bound to their pods, and renewed. */
export class TokenManager implements Disposable {
  readonly #client: Client;
  readonly #context: AgentContext;
  readonly #onStale: (podUid: string) => void;
  readonly #byPod = new Map<string, Map<string, HeldToken>>();

  /** `onStale` hears which pod should come for a newer token. */
  constructor(client: Client, context: AgentContext, onStale: (podUid: string) => void) {
    this.#client = client;
    this.#context = context;
    this.#onStale = onStale;
  }

  /** The pod's token, a new one when the one it has is to be replaced. Throws when there is none that is good. */
  async get(pod: StoredPod, wish: TokenWish): Promise<string> {
    const { uid } = pod.metadata;
    const key = JSON.stringify([wish.audience ?? null, wish.expirationSeconds]);
    const tokens = this.#byPod.get(uid) ?? new Map<string, HeldToken>();
    const held = tokens.get(key);
    const now = this.#context.clock.now();
    if (held && now < held.staleAt && now >= held.issuedAt) return held.token;
    try {
      const fresh = await this.#request(pod, wish);
      held?.wakeUp[Symbol.dispose]();
      this.#byPod.set(uid, tokens.set(key, fresh));
      return fresh.token;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (!held) throw new Error(`failed to fetch token: ${why}`, { cause: error });
      if (now >= held.expiresAt) throw new Error(`token expired and refresh failed: ${why}`, { cause: error });
      this.#context.log.warn('a token could not be renewed', { pod: uid, error: why });
      held.wakeUp[Symbol.dispose]();
      held.wakeUp = this.#wakeAfter(uid, RETRY_MS);
      return held.token;
    }
  }

  /** The pod needs no tokens any more. */
  forget(podUid: string): void {
    for (const { wakeUp } of this.#byPod.get(podUid)?.values() ?? []) wakeUp[Symbol.dispose]();
    this.#byPod.delete(podUid);
  }

  [Symbol.dispose](): void {
    for (const uid of [...this.#byPod.keys()]) this.forget(uid);
  }

  async #request(pod: StoredPod, { audience, expirationSeconds }: TokenWish): Promise<HeldToken> {
    const { name, uid, namespace = '' } = pod.metadata;
    const body: TokenRequest = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        audiences: audience === undefined ? [] : [audience],
        expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      },
    };
    const account = { namespace, name: podSpec(pod).serviceAccountName ?? 'default' };
    const answer = await this.#client.createSubresource(serviceAccounts, account, 'token', body);
    const { spec, status } = statusSchema.parse(answer);
    const lifeMs = spec.expirationSeconds * 1000;
    const expiresAt = Date.parse(status.expirationTimestamp);
    const issuedAt = expiresAt - lifeMs;
    const freshMs = Math.min(lifeMs * FRESH_PART, FRESH_AT_MOST_MS) - this.#context.random.next() * JITTER_MS;
    const staleAt = issuedAt + freshMs;
    const wakeUp = this.#wakeAfter(uid, Math.max(0, staleAt - this.#context.clock.now()));
    return { token: status.token, issuedAt, expiresAt, staleAt, wakeUp };
  }

  #wakeAfter(podUid: string, delayMs: number): Disposable {
    return this.#context.clock.after(delayMs, () => this.#onStale(podUid));
  }
}
