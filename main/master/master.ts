import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import type { Client } from '#common/client/client.ts';
import type { Clock } from '#common/base/clock.ts';
import type { Log } from '#common/base/log.ts';
import type { Random } from '#common/base/random.ts';
import { describeError } from '#common/base/log.ts';
import { Scope } from '#common/base/scope.ts';
import { parseRange } from '#common/kube/ipv4.ts';
import type { Stored } from '#common/kube/object.ts';
import { namespaces, secrets, services, type Resource, type Secret, type Service } from '#common/kube/resources.ts';
import type { Schemas } from '#common/kube/schema/schema.ts';
import { Admission } from './apiserver/admission/admission.ts';
import { defaultTolerationSeconds } from './apiserver/admission/default-toleration-seconds.ts';
import { namespaceLifecycle } from './apiserver/admission/namespace-lifecycle.ts';
import { loadCollections, type Api } from './apiserver/api.ts';
import { Authenticator } from './apiserver/authentication/authenticator.ts';
import { bootstrapTokens } from './apiserver/authentication/bootstrap-tokens.ts';
import { authenticated, MASTERS, type User } from './apiserver/authentication/user.ts';
import { bootstrapPolicy } from './apiserver/authorization/bootstrap-policy.ts';
import { RbacAuthorizer } from './apiserver/authorization/rbac.ts';
import { Discovery } from './apiserver/discovery/discovery.ts';
import { HttpsServer, type ServingCredentials } from './apiserver/http/server.ts';
import { builtInKinds } from './apiserver/kinds/all.ts';
import { ServiceAllocator } from './apiserver/kinds/core/service/allocator.ts';
import type { Kind } from './apiserver/kind.ts';
import { KindRegistry } from './apiserver/kind-registry.ts';
import { OpenApiV3 } from './apiserver/openapi/openapi-v3.ts';
import { podLog, type KubeletCredentials } from './apiserver/streaming/pod-log.ts';
import { createSystemObjects } from './bootstrap/system-objects.ts';
import { InProcessClient } from './client/in-process-client.ts';
import type { CertificateSigner } from './controllers/certificates/signer.ts';
import { startControllers } from './controllers/start.ts';
import { startScheduler } from './scheduler/start.ts';
import type { Collection } from './store/cache/collection.ts';
import type { Store } from './store/store.ts';

export interface MasterOptions {
  readonly store: Store;
  /** Files derived at build time: the shapes of all kinds. */
  readonly assets: { readonly schemas: string; readonly openApi: string };
  readonly serviceRange: string;
  readonly podRange: string;
  readonly serving: ServingCredentials;
  readonly kubelet: KubeletCredentials;
  readonly signer: CertificateSigner;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A Kubernetes master: API server, controllers and scheduler on one store. */
export interface Master extends AsyncDisposable {
  /** Serves the API on one more address. */
  listen(host: string, port: number): Promise<AddressInfo>;
  /** The API as the given user, without HTTP. `name` is what its writes are signed with. */
  client(user: User, name: string): Client;
}

/** The identity of what the master itself does before anyone may do anything. */
export const SYSTEM_USER = authenticated('system:apiserver', [MASTERS]);

export async function startMaster(options: MasterOptions): Promise<Master> {
  const { clock, random, log, store } = options;
  const scope = new Scope((error, task) => log.error('background task failed', { task, error: describeError(error) }));
  try {
    const api = await makeApi(options);
    for (const collection of api.collections.values()) scope.hold(collection);
    const client = (user: User, name: string): Client => new InProcessClient(api, user, name);
    await createSystemObjects(client(SYSTEM_USER, 'kube-apiserver'));
    const server = scope.hold(makeServer(options, api));
    const { podRange, signer } = options;
    const resources = Array.from(api.kinds.all(), ({ resource }) => resource);
    startControllers(client, { clock, random, log, podRange: parseRange(podRange), signer, resources }, scope);
    startScheduler(client, { clock, random, log }, scope);
    return {
      listen: (host, port) => server.listen(host, port),
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

async function makeApi({ store, assets, serviceRange, clock, random, log }: MasterOptions): Promise<Api> {
  const kinds = new KindRegistry(builtInKinds);
  const schemas = JSON.parse(await readFile(assets.schemas, 'utf8')) as Schemas;
  const collections = await loadCollections(store, kinds);
  const servicesOf = (): Iterable<Stored<Service>> =>
    valuesOf<Stored<Service>>(collectionOf(collections, kinds, services));
  return {
    kinds,
    schemas,
    store,
    collections,
    authorizer: new RbacAuthorizer(() => bootstrapPolicy),
    admission: new Admission([
      namespaceLifecycle(() => collectionOf(collections, kinds, namespaces)),
      defaultTolerationSeconds,
    ]),
    services: new ServiceAllocator(parseRange(serviceRange), servicesOf, clock, random),
    clock,
    random,
    log,
  };
}

function makeServer(options: MasterOptions, api: Api): HttpsServer {
  const secretOf = (name: string): Stored<Secret> | undefined =>
    collectionOf(api.collections, api.kinds, secrets).get(name)?.value as Stored<Secret> | undefined;
  return new HttpsServer({
    api,
    authenticator: new Authenticator([bootstrapTokens(secretOf, options.clock)]),
    connectors: { log: podLog(api, () => options.kubelet) },
    documents: {
      discovery: new Discovery(api.kinds),
      openApi: new OpenApiV3(api.kinds, options.assets.openApi),
      checks: { ping: () => true, store: () => (api.store.revision >= 0 ? true : 'the store is closed') },
    },
    credentials: options.serving,
  });
}

function collectionOf(collections: ReadonlyMap<Kind, Collection>, kinds: KindRegistry, resource: Resource): Collection {
  return collections.get(kinds.of(resource))!;
}

function* valuesOf<T>(collection: Collection): Iterable<T> {
  for (const object of collection.under()) yield object.value as unknown as T;
}
