import { describeError } from '#common/base/log.ts';
import { Scope } from '#common/base/scope.ts';
import { parseRange } from '#common/kube/ipv4.ts';
import { startApiServer, type ApiServer, type ApiServerOptions } from './apiserver/start.ts';
import type { CertificateSigner } from './controllers/certificates/signer.ts';
import { startControllers } from './controllers/start.ts';
import { startScheduler } from './scheduler/start.ts';
import { compactRegularly } from './store/compaction.ts';

export interface MasterOptions extends Omit<ApiServerOptions, 'readSubject'> {
  readonly podRange: string;
  readonly signer: CertificateSigner;
  /** PEM, by which pods know the API server. */
  readonly rootCa: string;
}

/** A Kubernetes master: API server, controllers and scheduler on one store. */
export interface Master extends AsyncDisposable, Pick<ApiServer, 'listen' | 'client' | 'useServing'> {}

export async function startMaster(options: MasterOptions): Promise<Master> {
  const { clock, random, log, store, podRange, signer, rootCa } = options;
  const scope = new Scope((error, task) => log.error('background task failed', { task, error: describeError(error) }));
  try {
    const { client, listen, useServing, resources } = await startApiServer(
      { ...options, readSubject: (pem) => signer.read(pem) },
      scope,
    );
    const compactionFailed = (error: unknown): void =>
      log.error('the store was not compacted', { error: describeError(error) });
    scope.hold(compactRegularly(store, clock, compactionFailed));
    const pods = { podRange: parseRange(podRange), rootCa };
    startControllers(client, { clock, random, log, ...pods, signer, resources }, scope);
    startScheduler(client, { clock, random, log }, scope);
    return {
      listen,
      client,
      useServing,
      [Symbol.asyncDispose]: async () => {
        await scope.close();
        await store[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await scope.close();
    await store[Symbol.asyncDispose]();
    throw error;
  }
}
