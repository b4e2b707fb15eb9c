import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import type { Client } from '#common/client/client.ts';
import type { Clock } from '#common/base/clock.ts';
import type { Log } from '#common/base/log.ts';
import type { Random } from '#common/base/random.ts';
import type { Scope } from '#common/base/scope.ts';
import { parseRange } from '#common/kube/ipv4.ts';
import type { Stored } from '#common/kube/object.ts';
import { namespaces, secrets, services, type Resource, type Secret, type Service } from '#common/kube/resources.ts';
import type { Schemas } from '#common/kube/schema/schema.ts';
import { createSystemObjects } from '../bootstrap/system-objects.ts';
import { InProcessClient } from '../client/in-process-client.ts';
import type { Collection } from '../store/cache/collection.ts';
import type { Store } from '../store/store.ts';
import { Admission } from './admission/admission.ts';
import { defaultTolerationSeconds } from './admission/default-toleration-seconds.ts';
import { namespaceLifecycle } from './admission/namespace-lifecycle.ts';
import { loadCollections, type Api } from './api.ts';
import { AuditFile } from './audit/audit-file.ts';
import { AuditLog, noAudit, type Audit } from './audit/audit.ts';
import { Authenticator } from './authentication/authenticator.ts';
import { bootstrapTokens } from './authentication/bootstrap-tokens.ts';
import { SYSTEM_USER, type User } from './authentication/user.ts';
import { bootstrapPolicy } from './authorization/bootstrap-policy.ts';
import { RbacAuthorizer } from './authorization/rbac.ts';
import { Discovery } from './discovery/discovery.ts';
import { HttpsServer, type ServingCredentials } from './http/server.ts';
import type { Kind } from './kind.ts';
import { KindRegistry } from './kind-registry.ts';
import { builtInKinds } from './kinds/all.ts';
import { ServiceAllocator } from './kinds/core/service/allocator.ts';
import { OpenApiV3 } from './openapi/openapi-v3.ts';
import { podLog, type KubeletCredentials } from './streaming/pod-log.ts';

export interface ApiServerOptions {
  readonly store: Store;
  /** Files derived at build time: the shapes of all kinds. */
  readonly assets: { readonly schemas: string; readonly openApi: string };
  readonly serviceRange: string;
  readonly serving: ServingCredentials;
  readonly kubelet: KubeletCredentials;
  /** The file in which requests are noted (audit.k8s.io/v1); none when absent. */
  readonly auditFile?: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** The Kubernetes API on one store. */
export interface ApiServer {
  /** Everything that is served. */
  readonly resources: readonly Resource[];
  /** Serves the API on one more address. */
  listen(host: string, port: number): Promise<AddressInfo>;
  /** The API as the given user, without HTTP. `name` is what its writes are signed with. */
  client(user: User, name: string): Client;
}

/** Starts the API server in the scope. The store stays the caller's. */
export async function startApiServer(options: ApiServerOptions, scope: Scope): Promise<ApiServer> {
  const api = await makeApi(options, await openAudit(options, scope));
  for (const collection of api.collections.values()) scope.hold(collection);
  const client = (user: User, name: string): Client => new InProcessClient(api, user, name);
  await createSystemObjects(client(SYSTEM_USER, 'kube-apiserver'));
  const server = scope.hold(makeServer(options, api));
  return {
    resources: Array.from(api.kinds.all(), ({ resource }) => resource),
    listen: (host, port) => server.listen(host, port),
    client,
  };
}

async function openAudit({ auditFile, clock, random, log }: ApiServerOptions, scope: Scope): Promise<Audit> {
  if (auditFile === undefined) return noAudit;
  const file = scope.hold(await AuditFile.open(auditFile, clock, log));
  return new AuditLog((line) => file.write(line), clock, random);
}

async function makeApi(options: ApiServerOptions, audit: Audit): Promise<Api> {
  const { store, assets, serviceRange, clock, random, log } = options;
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
    audit,
    services: new ServiceAllocator(parseRange(serviceRange), servicesOf, random),
    clock,
    random,
    log,
  };
}

function makeServer(options: ApiServerOptions, api: Api): HttpsServer {
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
