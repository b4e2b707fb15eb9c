import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { AppError } from '#common/base/app-error.ts';
import { describeError, type Log } from '#common/base/log.ts';
import { hostSchema } from '#common/contract/host.ts';
import { clusterIdSchema, CLUSTER_NAME, type ClusterId } from '#common/contract/cluster.ts';
import { isNewer } from '../install/version-order.ts';
import { readJsonFile, writeAtomically } from './files.ts';
import type { Home } from './home.ts';

/** A node as the user wants it. */
export const nodeRecordSchema = z.object({
  name: z.string(),
  cpus: z.number(),
  memoryBytes: z.number(),
  diskBytes: z.number(),
  /** Stopped by the user: it stays so when the cluster starts. */
  stopped: z.boolean().default(false),
  /** Being added or removed, or interrupted in that; nothing when it stands. */
  unfinished: z.enum(['add', 'remove']).optional(),
  /** The machine below it, where that is one of the user's. */
  host: hostSchema.optional(),
});
export type NodeRecord = z.infer<typeof nodeRecordSchema>;

/** cluster.json: what is decided when a cluster is created, and how far that got. */
export const clusterRecordSchema = z.object({
  /** Of this file; one of a later app may be higher. */
  format: z.number().int().min(1),
  /** Of the newest app that has had the cluster (semver); clusters of the first apps have none. */
  version: z.string().optional(),
  id: clusterIdSchema,
  name: z.string().regex(CLUSTER_NAME),
  provider: z.enum(['namespace', 'multipass', 'ssh']),
  createdAt: z.number(),
  podRange: z.cidrv4(),
  serviceRange: z.cidrv4(),
  apiPort: z.number().int(),
  nodes: z.array(nodeRecordSchema),
  /** Stopped by the user: it stays so when the app starts. */
  stopped: z.boolean().default(false),
  /** What is under way or was interrupted; nothing when the cluster stands. */
  unfinished: z.enum(['create', 'delete']).optional(),
});
export type ClusterRecord = z.infer<typeof clusterRecordSchema>;

export const RECORD_FORMAT = 1;
const FILE = 'cluster.json';

/** `cluster-newer` when a later app than `version` has had the cluster: what that made of it is not known here. */
export function newerError(record: ClusterRecord, version: string): AppError | undefined {
  const theirs = record.version ?? '0.0.0';
  if (record.format <= RECORD_FORMAT && !isNewer(theirs, version)) return undefined;
  return new AppError('cluster-newer', { params: { cluster: record.name, version: theirs } });
}

export async function saveRecord(home: Home, record: ClusterRecord): Promise<void> {
  const directory = home.cluster(record.id);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeAtomically(path.join(directory, FILE), JSON.stringify(record, null, 2));
}

/**
 * All clusters of a home, oldest first. A folder without a record was never a cluster; one whose record
 * cannot be read is left as it is, and keeps no other from being read.
 */
export async function loadRecords(home: Home, log: Log): Promise<ClusterRecord[]> {
  const names = await readdir(home.clusters);
  const ids = names.filter((name): name is ClusterId => clusterIdSchema.safeParse(name).success);
  const records = await Promise.all(
    ids.map(async (id) => {
      const file = path.join(home.cluster(id), FILE);
      return readJsonFile(file, clusterRecordSchema).catch((error: unknown) => {
        log.error('the record of a cluster cannot be read', { file, error: describeError(error) });
        return undefined;
      });
    }),
  );
  return records.filter((record) => record !== undefined).sort((a, b) => a.createdAt - b.createdAt);
}
