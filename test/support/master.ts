import path from 'node:path';
import { realClock, type Clock } from '#common/base/clock.ts';
import { describeError, silentLog, type Log } from '#common/base/log.ts';
import { secureRandom, seededRandom, type Random } from '#common/base/random.ts';
import { Scope } from '#common/base/scope.ts';
import type { Client } from '#common/client/client.ts';
import { HttpsClient } from '#common/client/https/client.ts';
import type { Credentials } from '#common/client/https/session.ts';
import { addressAt, parseRange } from '#common/kube/ipv4.ts';
import type { Resource } from '#common/kube/resources.ts';
import { authenticated, SYSTEM_USER, type User } from '../../main/master/apiserver/authentication/user.ts';
import { CLUSTER_ADMINS } from '../../main/master/apiserver/authorization/bootstrap-policy.ts';
import type { ServingCredentials } from '../../main/master/apiserver/http/server.ts';
import type { TokenKeys } from '../../main/master/apiserver/authentication/service-account/token-issuer.ts';
import { startApiServer, type ApiServer } from '../../main/master/apiserver/start.ts';
import { startControllers, type RunningControllers } from '../../main/master/controllers/start.ts';
import { startScheduler } from '../../main/master/scheduler/start.ts';
import { MemoryStore } from '../../main/master/store/memory/memory-store.ts';
import type { Store } from '../../main/master/store/store.ts';
import { YEAR_MS, type CertificateAuthority } from '../../main/pki/authority.ts';
import { readCertificateRequest } from '../../main/pki/certificate-request.ts';
import { newTokenSigningKey } from '../../main/pki/token-signing-key.ts';
import { BUILD } from '../../scripts/build/task.ts';
import { temporaryAuthority } from './authority.ts';

/** Where the build puts what the master reads (test/setup/schemas.ts sees to it). */
export const ASSETS = {
  schemas: path.join(BUILD, 'generated/schemas.json'),
  openApi: path.join(BUILD, 'generated/openapi.json'),
} as const;

export interface TestMasterOptions {
  /** Which parts run beside the API server; none when absent. */
  readonly controllers?: boolean;
  readonly scheduler?: boolean;
  /** Time of everything but TLS, whose certificates always live in real time. Real when absent. */
  readonly clock?: Clock;
  /** Seeded when absent: names and uids are the same in every run. */
  readonly random?: Random;
  /** Stays the caller's; a memory store of the master's own when absent. */
  readonly store?: Store;
  /** Of an earlier master whose clients are to trust this one too. */
  readonly authority?: CertificateAuthority;
  /** A signing key of its own when absent. */
  readonly tokenKeys?: TokenKeys;
  readonly serviceRange?: string;
  readonly podRange?: string;
  /** Where requests are noted; nowhere when absent. */
  readonly auditFile?: string;
  readonly log?: Log;
}

/**
 * A whole master in this process, on a memory store.
 *
 *     await using master = await TestMaster.start({ controllers: true, clock });
 *     await master.admin.create(pods, pod);
 *     const kubelet = await master.https('system:node:a', ['system:nodes']);
 *
 * Single controllers can be started with `master.client` and `master.scope` instead.
 */
export class TestMaster implements AsyncDisposable {
  /** The API, in process, as a person who administers the cluster. */
  readonly admin: Client;
  /** Everything that runs; closed with the master. */
  readonly scope: Scope;
  readonly authority: CertificateAuthority;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Where the controllers run: to tell them where nodes reach the API server. */
  readonly controllers: RunningControllers | undefined;
  readonly #server: ApiServer;
  readonly #clients = new Set<HttpsClient>();
  readonly #ownStore: Store | undefined;
  #url: Promise<string> | undefined;

  private constructor(
    server: ApiServer,
    context: {
      scope: Scope;
      authority: CertificateAuthority;
      clock: Clock;
      random: Random;
      log: Log;
      controllers: RunningControllers | undefined;
    },
    ownStore: Store | undefined,
  ) {
    this.#server = server;
    this.scope = context.scope;
    this.authority = context.authority;
    this.clock = context.clock;
    this.random = context.random;
    this.log = context.log;
    this.controllers = context.controllers;
    this.#ownStore = ownStore;
    this.admin = this.client(authenticated('kubernetes-admin', [CLUSTER_ADMINS]), 'test');
  }

  static async start(options: TestMasterOptions = {}): Promise<TestMaster> {
    const { clock = realClock, random = seededRandom(1), log = silentLog, serviceRange = '10.96.0.0/16' } = options;
    const authority = options.authority ?? (await temporaryAuthority(realClock, secureRandom));
    const store = options.store ?? new MemoryStore(clock);
    const scope = new Scope((error, task) =>
      log.error('background task failed', { task, error: describeError(error) }),
    );
    const kubelet = { ...issue(authority, 'kube-apiserver-kubelet-client', [CLUSTER_ADMINS]), ca: authority.cert };
    const server = await startApiServer(
      {
        store,
        assets: ASSETS,
        serviceRange,
        serving: newServing(authority),
        kubelet: () => kubelet,
        readSubject: readCertificateRequest,
        tokenKeys: options.tokenKeys ?? { signing: newTokenSigningKey(), earlier: [] },
        // Without controllers nobody would take the taint away, and no namespace would have an account.
        ...(options.controllers === true
          ? {}
          : { disabledAdmissionPlugins: ['ServiceAccount', 'TaintNodesByCondition'] }),
        ...(options.auditFile === undefined ? {} : { auditFile: options.auditFile }),
        clock,
        random,
        log,
      },
      scope,
    );
    const { client, resources } = server;
    let controllers: RunningControllers | undefined;
    if (options.controllers === true) {
      const podRange = parseRange(options.podRange ?? '10.244.0.0/16');
      const signer = { read: readCertificateRequest, sign: authority.sign.bind(authority) };
      const kubernetesIP = addressAt(parseRange(serviceRange), 1);
      const pods = { podRange, kubernetesIP, rootCa: authority.cert };
      controllers = startControllers(client, { clock, random, log, ...pods, signer, resources }, scope);
    }
    if (options.scheduler === true) startScheduler(client, { clock, random, log }, scope);
    return new TestMaster(
      server,
      { scope, authority, clock, random, log, controllers },
      options.store === undefined ? store : undefined,
    );
  }

  /** Everything that is served. */
  get resources(): readonly Resource[] {
    return this.#server.resources;
  }

  /** The API, in process, as any identity; SYSTEM_USER may do everything. `name` signs its writes. */
  client(user: User = SYSTEM_USER, name = 'test'): Client {
    return this.#server.client(user, name);
  }

  /** The HTTPS address, listening from the first call on; `port` 0 takes any. */
  url(port = 0): Promise<string> {
    this.#url ??= this.#server.listen('127.0.0.1', port).then((address) => `https://127.0.0.1:${address.port}`);
    return this.#url;
  }

  /** Shows another certificate from now on, as when the first is renewed. */
  renewServing(): void {
    this.#server.useServing(newServing(this.authority));
  }

  /** A client certificate for any identity (an administrator's when none is given). */
  credentials(name = 'kubernetes-admin', groups: readonly string[] = [CLUSTER_ADMINS]): Credentials {
    return { ca: this.authority.cert, ...issue(this.authority, name, groups) };
  }

  /** The API over HTTPS as any identity; closed with the master. */
  async https(name?: string, groups?: readonly string[]): Promise<HttpsClient> {
    const credentials = this.credentials(name, groups);
    const client = new HttpsClient({
      servers: [await this.url()],
      userAgent: 'test',
      clock: realClock,
      credentials: () => credentials,
    });
    this.#clients.add(client);
    return client;
  }

  /** Ends the servers and all that runs, but neither the store nor the HTTPS clients. */
  async stop(): Promise<void> {
    await this.scope.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) await client[Symbol.asyncDispose]();
    await this.stop();
    await this.#ownStore?.[Symbol.asyncDispose]();
  }
}

function issue(
  authority: CertificateAuthority,
  commonName: string,
  groups: readonly string[],
): { cert: string; key: string } {
  return authority.issue({ commonName, organizations: groups, usage: 'client', lifetimeMs: YEAR_MS });
}

function newServing(authority: CertificateAuthority): ServingCredentials {
  const pair = authority.issue({
    commonName: 'kube-apiserver',
    usage: 'server',
    dnsNames: ['localhost', 'kubernetes'],
    ipv4Addresses: ['127.0.0.1'],
    lifetimeMs: YEAR_MS,
  });
  return { ...pair, clientCa: authority.cert };
}
