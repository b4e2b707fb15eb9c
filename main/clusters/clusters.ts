import { createServer } from 'node:net';
import { AppError } from '#common/base/app-error.ts';
import { describeError } from '#common/base/log.ts';
import {
  clusterIdSchema,
  type AddNode,
  type ClusterId,
  type ClusterSummary,
  type CreateCluster,
} from '#common/contract/cluster.ts';
import type { Host } from '#common/contract/host.ts';
import { chooseRanges } from '../machines/address-ranges.ts';
import { readTakenRanges } from '../machines/host-addresses.ts';
import type { MachineProvider } from '../machines/provider.ts';
import { Cluster } from './cluster.ts';
import { providerOf, type ClusterContext } from './context.ts';
import { withoutSecrets } from './next-node.ts';
import { loadRecords, RECORD_FORMAT, saveRecord, type ClusterRecord } from './record.ts';

const ID_ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
const ID_LENGTH = 8;
const FIRST_PORT = 16443;
const PORTS_TRIED = 200;
const HOSTS_PATIENCE_MS = 10_000;

/** All clusters of a home. */
export class Clusters implements AsyncDisposable {
  readonly #context: ClusterContext;
  readonly #clusters = new Map<ClusterId, Cluster>();
  readonly #listeners = new Set<() => void>();
  /** Names and ports are chosen by one creation at a time. */
  #creating: Promise<unknown> = Promise.resolve();

  private constructor(context: ClusterContext) {
    this.#context = context;
  }

  /** Reads the clusters that there are and takes each up, in the background. */
  static async open(context: ClusterContext): Promise<Clusters> {
    const clusters = new Clusters(context);
    for (const record of await loadRecords(context.home, context.log)) {
      // One that cannot be taken up keeps no other from it.
      try {
        const cluster = await clusters.#add(record);
        await (record.stopped ? cluster.rest() : cluster.open());
      } catch (error) {
        context.log.error('a cluster could not be opened', { cluster: record.name, error: describeError(error) });
      }
    }
    return clusters;
  }

  get(id: ClusterId): Cluster {
    const cluster = this.#clusters.get(id);
    if (!cluster) throw new AppError('cluster-missing', { params: { cluster: id } });
    return cluster;
  }

  all(): Cluster[] {
    return [...this.#clusters.values()];
  }

  summaries(): ClusterSummary[] {
    return this.all().map(({ summary }) => summary);
  }

  /** Hears whenever a summary or a progress is another. */
  subscribe(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Begins to make a cluster; resolves as soon as that is under way. */
  create(wanted: CreateCluster): Promise<ClusterId> {
    const created = this.#creating.then(() => this.#create(wanted));
    this.#creating = created.catch(() => undefined);
    return created;
  }

  /** Begins to add a node; gives back its name. */
  addNode({ cluster: id, ...wanted }: AddNode): string {
    const cluster = this.get(id);
    const { provider, name } = cluster.record;
    if (providerOf(this.#context, provider).capabilities.takesHosts !== (wanted.host !== undefined)) {
      throw new AppError('input-invalid', { params: { field: 'host', reason: 'hosts-count' } });
    }
    if (wanted.host) {
      const records = this.all().map(({ record }) => record);
      requireUntakenHosts({ name, hosts: [wanted.host] }, records);
    }
    return cluster.addNode(wanted);
  }

  /** To be called when this computer slept, or its clock was set: what stood still is taken up again. */
  awoke(): void {
    for (const cluster of this.all()) cluster.awoke();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.all().map((cluster) => cluster[Symbol.asyncDispose]()));
  }

  async #create(wanted: CreateCluster): Promise<ClusterId> {
    const records = this.all().map(({ record }) => record);
    const provider = providerOf(this.#context, wanted.provider);
    if (records.some(({ name }) => name === wanted.name)) {
      throw new AppError('cluster-name-taken', { params: { name: wanted.name } });
    }
    const used = records.flatMap(({ podRange, serviceRange }) => [podRange, serviceRange]);
    requireUntakenHosts(wanted, records);
    const [own, theirs] = await Promise.all([
      readTakenRanges(new AbortController().signal),
      takenByHosts(provider, wanted.hosts),
    ]);
    const ranges = chooseRanges([...used, ...own, ...theirs]);
    const { name, nodes, cpus, memoryBytes, diskBytes } = wanted;
    const nodeName = (index: number): string => `${name}-${index + 1}`;
    const hosts = wanted.hosts.map(withoutSecrets);
    const record: ClusterRecord = {
      format: RECORD_FORMAT,
      version: this.#context.assets.version,
      id: this.#newId(),
      name,
      provider: provider.id,
      createdAt: this.#context.clock.now(),
      podRange: ranges.pods,
      serviceRange: ranges.services,
      apiPort: await freePort(records.map(({ apiPort }) => apiPort)),
      nodes: Array.from({ length: nodes }, (_, index) => ({
        name: nodeName(index),
        cpus,
        memoryBytes,
        diskBytes,
        stopped: false,
        ...(hosts[index] ? { host: hosts[index] } : {}),
      })),
      stopped: false,
      unfinished: 'create',
    };
    await saveRecord(this.#context.home, record);
    const cluster = await this.#add(record);
    cluster.unlock(Object.fromEntries(wanted.hosts.map(({ secrets }, index) => [nodeName(index), secrets])));
    await cluster.create();
    return record.id;
  }

  async #add(record: ClusterRecord): Promise<Cluster> {
    const cluster = await Cluster.load(record, this.#context, () => {
      if (cluster.isGone) this.#clusters.delete(record.id);
      this.#tell();
    });
    this.#clusters.set(record.id, cluster);
    this.#tell();
    return cluster;
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  #newId(): ClusterId {
    const bytes = this.#context.random.bytes(ID_LENGTH);
    // The first is a letter, so that names made from it are names everywhere.
    const id = Array.from(bytes, (byte, index) => ID_ALPHABET[byte % (index === 0 ? 26 : 36)]!).join('');
    return clusterIdSchema.parse(id);
  }
}

/** What a host does not tell now is no reason not to begin: the first step will say why it cannot be reached. */
async function takenByHosts(provider: MachineProvider, hosts: CreateCluster['hosts']): Promise<readonly string[]> {
  const signal = AbortSignal.timeout(HOSTS_PATIENCE_MS);
  return (await provider.takenRanges?.(hosts, signal).catch(() => undefined)) ?? [];
}

/** A machine is one node of one cluster. Another home's cluster is seen by the mark on the machine itself. */
function requireUntakenHosts(
  { name, hosts }: Pick<CreateCluster, 'name' | 'hosts'>,
  records: readonly ClusterRecord[],
): void {
  const place = ({ address, port }: Host): string => `${address.toLowerCase()}:${port}`;
  const taken = new Map(
    records.flatMap((record) =>
      record.nodes.flatMap(({ host }) => (host ? [[place(host), record.name] as const] : [])),
    ),
  );
  for (const host of hosts) {
    const cluster = taken.get(place(host));
    if (cluster !== undefined) {
      throw new AppError('host-address-taken', { params: { host: host.address, port: host.port, cluster } });
    }
    taken.set(place(host), name);
  }
}

/** A port of this computer that nobody listens on and no cluster has. */
async function freePort(taken: readonly number[]): Promise<number> {
  for (let port = FIRST_PORT; port < FIRST_PORT + PORTS_TRIED; port++) {
    if (!taken.includes(port) && (await isFree(port))) return port;
  }
  throw new AppError('port-in-use', { params: { port: FIRST_PORT } });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    // On every address: the master listens on loopback and on the machines' network.
    server.listen({ port, host: '0.0.0.0', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
