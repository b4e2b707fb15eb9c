import { AppError } from '#common/base/app-error.ts';
import type { AddNode } from '#common/contract/cluster.ts';
import type { Host, HostWithSecrets } from '#common/contract/host.ts';
import type { ClusterRecord, NodeRecord } from './record.ts';

/** The record of a node that is to be added: like the last one, where nothing else is wanted. */
export function nextNode(cluster: ClusterRecord, wanted: Omit<AddNode, 'cluster'>): NodeRecord {
  const taken = new Set(cluster.nodes.map(({ name }) => name));
  if (wanted.node !== undefined && taken.has(wanted.node)) {
    throw new AppError('node-name-taken', { params: { node: wanted.node } });
  }
  const like = cluster.nodes.at(-1)!;
  return {
    name: wanted.node ?? firstFree(cluster.name, taken),
    cpus: wanted.cpus ?? like.cpus,
    memoryBytes: wanted.memoryBytes ?? like.memoryBytes,
    diskBytes: wanted.diskBytes ?? like.diskBytes,
    stopped: false,
    unfinished: 'add',
    ...(wanted.host ? { host: withoutSecrets(wanted.host) } : {}),
  };
}

/** What may be written to a file. */
export function withoutSecrets({ secrets: _, ...host }: HostWithSecrets): Host {
  return host;
}

function firstFree(cluster: string, taken: ReadonlySet<string>): string {
  let number = 1;
  while (taken.has(`${cluster}-${number}`)) number++;
  return `${cluster}-${number}`;
}
