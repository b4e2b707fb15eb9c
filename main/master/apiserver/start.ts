import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import type { Client } from '#common/client/client.ts';
import type { Clock } from '#common/base/clock.ts';
import type { Log } from '#common/base/log.ts';
import type { Random } from '#common/base/random.ts';
import { RotatedFile } from '#common/base/rotated-file.ts';
import type { Scope } from '#common/base/scope.ts';
import { parseRange } from '#common/kube/ipv4.ts';
import type { Stored } from '#common/kube/object.ts';
import {
  clusterRoleBindings,
  clusterRoles,
  namespaces,
  nodes,
  pods,
  roleBindings,
  roles,
  secrets,
  serviceAccounts,
  services,
  type Resource,
  type Secret,
  type Service,
} from '#common/kube/resources.ts';
import type { Schemas } from '#common/kube/schema/schema.ts';
import { reconcilePolicy } from '../bootstrap/policy.ts';
import { createSystemObjects } from '../bootstrap/system-objects.ts';
import { InProcessClient } from '../client/in-process-client.ts';
import type { Collection } from '../store/cache/collection.ts';
import type { Store } from '../store/store.ts';
import { Admission } from './admission/admission.ts';
import { certificateApproval } from './admission/certificate-approval.ts';
import { certificateSigning } from './admission/certificate-signing.ts';
import { certificateSubjectRestriction, type ReadSubject } from './admission/certificate-subject-restriction.ts';
import { defaultTolerationSeconds } from './admission/default-toleration-seconds.ts';
import { namespaceLifecycle } from './admission/namespace-lifecycle.ts';
import { nodeRestriction } from './admission/node-restriction/node-restriction.ts';
import { serviceAccount } from './admission/service-account.ts';
import { taintNodesByCondition } from './admission/taint-nodes-by-condition.ts';
import { loadCollections, type Api } from './api.ts';
import { AUDIT_FILES, AuditLog, noAudit, type Audit } from './audit/audit.ts';
import { Authenticator } from './authentication/authenticator.ts';
import { BearerTokens, withAudiences } from './authentication/bearer-tokens.ts';
import { bootstrapTokens } from './authentication/bootstrap-tokens.ts';
import { ISSUER, TokenIssuer, type TokenKeys } from './authentication/service-account/token-issuer.ts';
import { serviceAccountTokens, type FindObject } from './authentication/service-account/tokens.ts';
import { SYSTEM_USER, type User } from './authentication/user.ts';
import { AuthorizerChain } from './authorization/authorizer-chain.ts';
import { bootstrapPolicy } from './authorization/bootstrap-policy.ts';
import { NodeAuthorizer } from './authorization/node/node.ts';
import { ReferenceGraph } from './authorization/node/reference-graph.ts';
import { nodeRules } from './authorization/policy/component-roles.ts';
import { RbacPolicy } from './authorization/rbac/policy.ts';
import { RbacAuthorizer } from './authorization/rbac/rbac.ts';
import { superuser } from './authorization/superuser.ts';
import { Discovery } from './discovery/discovery.ts';
import { HttpsServer, type ServingCredentials } from './http/server.ts';
import { KindRegistry } from './kind-registry.ts';
import { builtInKinds } from './kinds/all.ts';
import { ServiceAllocator } from './kinds/core/service/allocator.ts';
import { OpenApiV2 } from './openapi/openapi-v2.ts';
import { OpenApiV3 } from './openapi/openapi-v3.ts';
import { podLog, type KubeletCredentials } from './streaming/pod-log.ts';

/** Tokens for these are for the API server. */
const API_AUDIENCES = [ISSUER];

export interface ApiServerOptions {
  readonly store: Store;
  /** Files derived at build time: the shapes of all kinds. */
  readonly assets: { readonly schemas: string; readonly openApi: string };
  readonly serviceRange: string;
  readonly serving: ServingCredentials;
  /** Asked at every call of a kubelet, so that a renewed certificate comes into use. */
  readonly kubelet: () => KubeletCredentials;
  readonly tokenKeys: TokenKeys;
  /** Upstream's --service-account-max-token-expiration, in seconds; without it there is no such limit. */
  readonly maxTokenExpirationSeconds?: number;
  /** Reads whom a certificate request (PEM) is for; throws when it is none. */
  readonly readSubject: ReadSubject;
  /** Upstream's --disable-admission-plugins: names of those that do not run. */
  readonly disabledAdmissionPlugins?: readonly string[];
  /** The file in which requests are noted (audit.k8s.io/v1); none when absent. */
  readonly auditFile?: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** The Kubernetes API on one store. */
export interface ApiServer {
  /** Everything that is served and stored. */
  readonly resources: readonly Resource[];
  /** Serves the API on one more address. */
  readonly listen: (host: string, port: number) => Promise<AddressInfo>;
  /** Shows another certificate to new clients from now on. */
  readonly useServing: (credentials: ServingCredentials) => void;
  /** Ends the connections from other machines, which make new ones. */
  readonly hangUp: () => void;
  /** The API as the given user, without HTTP. `name` is what its writes are signed with. */
  readonly client: (user: User, name: string) => Client;
}

/** Starts the API server in the scope. The store stays the caller's. */
export async function startApiServer(options: ApiServerOptions, scope: Scope): Promise<ApiServer> {
  const api = await makeApi(options, await openAudit(options, scope), scope);
  for (const collection of api.collections.values()) scope.hold(collection);
  const client = (user: User, name: string): Client => new InProcessClient(api, user, name);
  const system = client(SYSTEM_USER, 'kube-apiserver');
  await createSystemObjects(system);
  await reconcilePolicy(system, bootstrapPolicy);
  const server = scope.hold(makeServer(options, api));
  return {
    resources: Array.from(api.kinds.stored(), ({ resource }) => resource),
    listen: (host, port) => server.listen(host, port),
    useServing: (credentials) => server.useCredentials(credentials),
    hangUp: () => server.hangUp(),
    client,
  };
}

async function openAudit({ auditFile, clock, random, log }: ApiServerOptions, scope: Scope): Promise<Audit> {
  if (auditFile === undefined) return noAudit;
  const file = scope.hold(await RotatedFile.open(auditFile, { ...AUDIT_FILES, clock, log }));
  return new AuditLog((line) => file.write(line), clock, random);
}

async function makeApi(options: ApiServerOptions, audit: Audit, scope: Scope): Promise<Api> {
  const { store, assets, serviceRange, clock, random, log } = options;
  const kinds = new KindRegistry(builtInKinds);
  const schemas = JSON.parse(await readFile(assets.schemas, 'utf8')) as Schemas;
  const collections = await loadCollections(store, kinds);
  const of = (resource: Resource): Collection => collections.get(kinds.of(resource))!;
  const find: FindObject = (resource, key) => of(resource).get(key)?.value;
  const tokenIssuer = new TokenIssuer(options.tokenKeys, clock);
  const rbac = scope.hold(
    new RbacPolicy({
      roles: of(roles),
      clusterRoles: of(clusterRoles),
      roleBindings: of(roleBindings),
      clusterRoleBindings: of(clusterRoleBindings),
    }),
  );
  const authorizer = new AuthorizerChain([
    superuser,
    new NodeAuthorizer(scope.hold(new ReferenceGraph(of(pods))), nodeRules),
    new RbacAuthorizer(rbac),
  ]);
  // In upstream's order (pkg/kubeapiserver/options/plugins.go).
  const plugins = [
    namespaceLifecycle(() => of(namespaces)),
    serviceAccount(() => of(serviceAccounts), clock, random),
    nodeRestriction({ pods: of(pods), nodes: of(nodes) }),
    taintNodesByCondition,
    defaultTolerationSeconds,
    certificateApproval(authorizer),
    certificateSigning(authorizer),
    certificateSubjectRestriction(options.readSubject),
  ];
  return {
    kinds,
    schemas,
    store,
    collections,
    authorizer,
    rbac,
    admission: new Admission(plugins.filter(({ name }) => !options.disabledAdmissionPlugins?.includes(name))),
    audit,
    services: new ServiceAllocator(parseRange(serviceRange), () => valuesOf<Stored<Service>>(of(services)), random),
    tokens: new BearerTokens(API_AUDIENCES, [
      serviceAccountTokens(tokenIssuer, find, clock),
      withAudiences(
        API_AUDIENCES,
        bootstrapTokens((key) => find(secrets, key) as Stored<Secret> | undefined, clock),
      ),
    ]),
    tokenIssuer,
    maxTokenExpirationSeconds: options.maxTokenExpirationSeconds ?? Infinity,
    clock,
    random,
    log,
  };
}

function makeServer(options: ApiServerOptions, api: Api): HttpsServer {
  return new HttpsServer({
    api,
    authenticator: new Authenticator(api.tokens),
    connectors: { log: podLog(api, options.kubelet) },
    documents: {
      discovery: new Discovery(api.kinds),
      openApiV2: new OpenApiV2(api.kinds, options.assets.openApi),
      openApiV3: new OpenApiV3(api.kinds, options.assets.openApi),
      tokenIssuer: api.tokenIssuer,
      checks: { ping: () => true, store: () => (api.store.revision >= 0 ? true : 'the store is closed') },
    },
    credentials: options.serving,
  });
}

function* valuesOf<T>(collection: Collection): Iterable<T> {
  for (const object of collection.under()) yield object.value as unknown as T;
}
