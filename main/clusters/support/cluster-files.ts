import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { HttpsClient } from '#common/client/https/client.ts';
import { endpointSlices, events, nodes, pods, services } from '#common/kube/resources.ts';
import type { Cluster } from '../cluster.ts';
import type { Home } from '../home.ts';
import { textOr, type SupportFile } from './support-file.ts';

const AUDIT_BYTES = 2 * 1024 * 1024;
const LINES = '5000';
/** Kinds that are not made to hold secrets. */
const listed = (client: HttpsClient, signal: AbortSignal): Readonly<Record<string, Promise<{ items: object }>>> => ({
  nodes: client.list(nodes, {}, signal),
  pods: client.list(pods, {}, signal),
  services: client.list(services, {}, signal),
  endpointSlices: client.list(endpointSlices, {}, signal),
  events: client.list(events, {}, signal),
});

/** What programs of a node tell about it: the name in the collection, and the command. */
const nodeCommands: Readonly<Record<string, readonly string[]>> = {
  'journal.log': ['journalctl', '--no-pager', '--lines', LINES, '-u', 'pilothouse-agent', '-u', 'containerd'],
  'units.txt': ['systemctl', '--no-pager', 'list-units', '--failed'],
  'links.txt': ['ip', '-details', 'address'],
  'routes.txt': ['ip', 'route', 'show', 'table', 'all'],
  'rules.txt': ['nft', 'list', 'ruleset'],
  'memory.txt': ['free', '-m'],
  'disk.txt': ['df', '-h'],
};

/** One cluster's part: its record, journal and audit log, its objects, and what its nodes tell. */
export async function* clusterFiles(cluster: Cluster, home: Home, signal: AbortSignal): AsyncGenerator<SupportFile> {
  const { record, summary } = cluster;
  const directory = home.cluster(record.id);
  const folder = `clusters/${record.name}`;
  yield [`${folder}/record.json`, JSON.stringify(record, null, 2)];
  yield [`${folder}/summary.json`, JSON.stringify(summary, null, 2)];
  yield [`${folder}/journal.jsonl`, await textOr(() => readFile(path.join(directory, 'journal.jsonl'), 'utf8'))];
  yield [`${folder}/audit.log`, await textOr(() => readTail(path.join(directory, 'master', 'audit.log'), AUDIT_BYTES))];
  if (summary.server !== undefined) {
    for (const [name, text] of await objectLists(cluster.controlPlane.client, signal)) {
      yield [`${folder}/objects/${name}.json`, text];
    }
  }
  for (const { name, machine } of summary.nodes) {
    if (machine !== 'running') continue;
    for (const [file, command] of Object.entries(nodeCommands)) {
      const text = await textOr(async () => {
        const connection = await cluster.nodes.connection(name).get(signal);
        return (await connection.run(command, { signal })).stdout;
      });
      yield [`${folder}/nodes/${name}/${file}`, text];
    }
  }
}

async function objectLists(client: HttpsClient, signal: AbortSignal): Promise<SupportFile[]> {
  return Promise.all(
    Object.entries(listed(client, signal)).map(async ([name, list]): Promise<SupportFile> => {
      return [name, await textOr(async () => JSON.stringify((await list).items, withoutUserValues, 1))];
    }),
  );
}

/** People put passwords into variables, and with them into what kubectl notes of a manifest. */
function withoutUserValues(key: string, value: unknown): unknown {
  if (key === 'env' && Array.isArray(value)) return (value as { name: string }[]).map(({ name }) => name);
  return key === 'kubectl.kubernetes.io/last-applied-configuration' ? undefined : value;
}

async function readTail(file: string, bytes: number): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const tail = Buffer.alloc(Math.min(size, bytes));
    await handle.read(tail, 0, tail.length, size - tail.length);
    return tail.toString('utf8');
  } finally {
    await handle.close();
  }
}
