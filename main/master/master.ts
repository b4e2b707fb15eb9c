import { describeError } from '#common/base/log.ts';
import { Scope } from '#common/base/scope.ts';
import { addressAt, parseRange } from '#common/kube/ipv4.ts';
import { startApiServer, type ApiServer, type ApiServerOptions } from './apiserver/start.ts';
import type { CertificateSigner } from './controllers/certificates/signer.ts';
import type { Advertised } from './controllers/kubernetes-service/wanted.ts';
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
export interface Master extends AsyncDisposable, Pick<ApiServer, 'listen' | 'client' | 'useServing'> {
  /** Tells pods where the API server is: the Service `default/kubernetes` leads there from now on. */
  readonly advertise: (to: Advertised) => void;
  /** To be called when this computer slept: nobody is given up who could not be heard, and nodes connect anew. */
  readonly awoke: () => void;
}

export async function startMaster(options: MasterOptions): Promise<Master> {
  const { clock, random, log, store, podRange, serviceRange, signer, rootCa } = options;
  const scope = new Scope((error, task) => log.error('background task failed', { task, error: describeError(error) }));
  try {
    const { client, listen, useServing, hangUp, resources } = await startApiServer(
      { ...options, readSubject: (pem) => signer.read(pem) },
      scope,
    );
    const compactionFailed = (error: unknown): void =>
      log.error('the store was not compacted', { error: describeError(error) });
    scope.hold(compactRegularly(store, clock, compactionFailed));
    const kubernetesIP = addressAt(parseRange(serviceRange), 1);
    const pods = { podRange: parseRange(podRange), kubernetesIP, rootCa };
    const controllers = startControllers(client, { clock, random, log, ...pods, signer, resources }, scope);
    startScheduler(client, { clock, random, log }, scope);
    return {
      listen,
      client,
      useServing,
      advertise: (to) => controllers.advertise(to),
      awoke: () => {
        controllers.awoke();
        hangUp();
      },
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
