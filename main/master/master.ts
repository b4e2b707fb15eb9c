import type { AddressInfo } from 'node:net';
import type { Client } from '#common/client/client.ts';
import { describeError } from '#common/base/log.ts';
import { Scope } from '#common/base/scope.ts';
import { parseRange } from '#common/kube/ipv4.ts';
import type { User } from './apiserver/authentication/user.ts';
import { startApiServer, type ApiServerOptions } from './apiserver/start.ts';
import type { CertificateSigner } from './controllers/certificates/signer.ts';
import { startControllers } from './controllers/start.ts';
import { startScheduler } from './scheduler/start.ts';
import { compactRegularly } from './store/compaction.ts';

export interface MasterOptions extends Omit<ApiServerOptions, 'readSubject'> {
  readonly podRange: string;
  readonly signer: CertificateSigner;
}

/** A Kubernetes master: API server, controllers and scheduler on one store. */
export interface Master extends AsyncDisposable {
  /** Serves the API on one more address. */
  listen(host: string, port: number): Promise<AddressInfo>;
  /** The API as the given user, without HTTP. `name` is what its writes are signed with. */
  client(user: User, name: string): Client;
}

export async function startMaster(options: MasterOptions): Promise<Master> {
  const { clock, random, log, store, podRange, signer } = options;
  const scope = new Scope((error, task) => log.error('background task failed', { task, error: describeError(error) }));
  try {
    const { client, listen, resources } = await startApiServer(
      { ...options, readSubject: (pem) => signer.read(pem) },
      scope,
    );
    const compactionFailed = (error: unknown): void =>
      log.error('the store was not compacted', { error: describeError(error) });
    scope.hold(compactRegularly(store, clock, compactionFailed));
    startControllers(client, { clock, random, log, podRange: parseRange(podRange), signer, resources }, scope);
    startScheduler(client, { clock, random, log }, scope);
    return {
      listen,
      client,
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
