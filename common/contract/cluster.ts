import { z } from 'zod';
import { appErrorShape } from '#common/base/app-error.ts';
import { hostWithSecretsSchema } from './host.ts';

/** Made at create and never changed: directories, machines and calls are named by it. */
export const clusterIdSchema = z
  .string()
  .regex(/^[a-z0-9]{6,16}$/)
  .brand<'ClusterId'>();
export type ClusterId = z.infer<typeof clusterIdSchema>;

/** A DNS label, short enough to prefix node names. */
export const CLUSTER_NAME = /^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$/;

const cpus = z.number('cpus-range').int('cpus-range').min(1, 'cpus-range').max(64, 'cpus-range');
const memoryBytes = z
  .number('memory-range')
  .int()
  .min(512 * 2 ** 20, 'memory-range');
const diskBytes = z
  .number('disk-range')
  .int()
  .min(4 * 2 ** 30, 'disk-range');

/** Nodes in a cluster, when it is made. */
export const MOST_NODES = 3;

const newClusterSchema = z.object({
  name: z.string().regex(CLUSTER_NAME, { error: 'cluster-name' }),
  provider: z.enum(['namespace', 'multipass', 'ssh']).default('namespace'),
  nodes: z.number({ error: 'nodes-range' }).int('nodes-range').min(1, 'nodes-range').max(MOST_NODES, 'nodes-range'),
  cpus: cpus.default(2),
  memoryBytes: memoryBytes.default(2 * 2 ** 30),
  diskBytes: diskBytes.default(20 * 2 ** 30),
  /** The machines of the provider `ssh`, one for each node, in the order of the nodes; of no other provider. */
  hosts: z.array(hostWithSecretsSchema).max(MOST_NODES, 'nodes-range').default([]),
});

export const createClusterSchema = newClusterSchema.refine(
  ({ provider, nodes, hosts }) => hosts.length === (provider === 'ssh' ? nodes : 0),
  { error: 'hosts-count', path: ['hosts'] },
);
export type CreateCluster = z.infer<typeof createClusterSchema>;

/** What is left out is as the cluster's last node has it; the name is the cluster's with the next free number. */
export const addNodeSchema = z.object({
  cluster: clusterIdSchema,
  /** A DNS label. */
  node: z
    .string()
    .regex(/^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/, 'node-name')
    .optional(),
  cpus: cpus.optional(),
  memoryBytes: memoryBytes.optional(),
  diskBytes: diskBytes.optional(),
  /** The machine, with the provider `ssh` and no other. */
  host: hostWithSecretsSchema.optional(),
});
export type AddNode = z.infer<typeof addNodeSchema>;

export const clusterPhaseSchema = z.enum([
  'creating',
  'starting',
  'running',
  'stopping',
  'stopped',
  'deleting',
  'failed',
]);
export type ClusterPhase = z.infer<typeof clusterPhaseSchema>;

/** How a node reaches the master: by itself, or through a tunnel in the app's SSH connection to it. */
export const reachSchema = z.enum(['direct', 'tunnel']);
export type Reach = z.infer<typeof reachSchema>;

export const clusterNodeSchema = z.object({
  name: z.string(),
  /** The machine below the node, as its provider sees it; `starting` and `stopping` while we change it. */
  machine: z.enum(['absent', 'starting', 'running', 'stopping', 'stopped', 'broken']),
  address: z.string().optional(),
  /** The fingerprint of the SSH host key that the machine is held to, where the user can compare it. */
  hostKey: z.string().optional(),
  /** Known while the cluster runs. */
  reach: reachSchema.optional(),
  error: appErrorShape.optional(),
});

export type ClusterNode = z.infer<typeof clusterNodeSchema>;

export const clusterSummarySchema = z.object({
  id: clusterIdSchema,
  name: z.string(),
  provider: z.enum(['namespace', 'multipass', 'ssh']),
  phase: clusterPhaseSchema,
  nodes: z.array(clusterNodeSchema),
  /** Where kubectl reaches it on this computer. */
  server: z.url().optional(),
  error: appErrorShape.optional(),
});
export type ClusterSummary = z.infer<typeof clusterSummarySchema>;

export const operationKindSchema = z.enum(['create', 'start', 'stop', 'delete', 'add-node', 'remove-node']);
export type OperationKind = z.infer<typeof operationKindSchema>;

export const stepStateSchema = z.enum(['waiting', 'running', 'done', 'failed']);

const timedSchema = z.object({
  state: stepStateSchema,
  /** Milliseconds since the epoch. */
  startedAt: z.number().optional(),
  finishedAt: z.number().optional(),
  fraction: z.number().optional(),
  /** The last line that the work printed. */
  line: z.string().optional(),
  error: appErrorShape.optional(),
});

/** How a long operation on a cluster is going: steps known in advance, with a row per node. */
export const operationProgressSchema = z.object({
  kind: operationKindSchema,
  state: z.enum(['running', 'done', 'failed', 'cancelled']),
  startedAt: z.number(),
  finishedAt: z.number().optional(),
  /** Weighed by the steps' expected durations. */
  fraction: z.number(),
  steps: z.array(
    timedSchema.extend({
      id: z.string(),
      expectedMs: z.number(),
      nodes: z.array(timedSchema.extend({ node: z.string() })),
    }),
  ),
});
export type OperationProgress = z.infer<typeof operationProgressSchema>;
