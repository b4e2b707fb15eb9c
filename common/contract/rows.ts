import { z } from 'zod';
import { clusterIdSchema } from './cluster.ts';

/** How a status is coloured; its word stands beside the colour always. */
export const toneSchema = z.enum(['ok', 'done', 'info', 'warn', 'error', 'leaving', 'unknown']);
export type Tone = z.infer<typeof toneSchema>;

const base = { id: z.string(), name: z.string(), created: z.string() };
const namespaced = { ...base, namespace: z.string() };

export const podRowSchema = z.object({
  ...namespaced,
  /** kubectl's STATUS column: Running, ContainerCreating, CrashLoopBackOff, ... */
  status: z.string(),
  tone: toneSchema,
  ready: z.number(),
  containers: z.array(z.string()),
  restarts: z.number(),
  node: z.string().optional(),
  ip: z.string().optional(),
  controller: z.string().optional(),
  /** Why it does not run, when something was said about it. */
  message: z.string().optional(),
});

export const nodeRowSchema = z.object({
  ...base,
  /** Ready, NotReady, Ready,SchedulingDisabled, ... */
  status: z.string(),
  tone: toneSchema,
  address: z.string().optional(),
  version: z.string(),
  runtime: z.string(),
  os: z.string(),
  kernel: z.string(),
  cpus: z.number(),
  memoryBytes: z.number(),
  pods: z.number(),
  podCapacity: z.number(),
});

export const workloadRowSchema = z.object({
  ...namespaced,
  kind: z.string(),
  images: z.array(z.string()),
  desired: z.number(),
  current: z.number(),
  ready: z.number(),
  tone: toneSchema,
  /** Addresses on which this computer reaches it, through its Services' node ports. */
  urls: z.array(z.string()),
});

export const serviceRowSchema = z.object({
  ...namespaced,
  type: z.string(),
  clusterIp: z.string(),
  /** `80:30080/TCP`, as kubectl prints them. */
  ports: z.array(z.string()),
  endpoints: z.number(),
  urls: z.array(z.string()),
});

export const eventRowSchema = z.object({
  ...namespaced,
  type: z.string(),
  reason: z.string(),
  object: z.string(),
  message: z.string(),
  count: z.number(),
  lastSeen: z.string(),
});

export const rowSchemas = {
  pods: podRowSchema,
  nodes: nodeRowSchema,
  workloads: workloadRowSchema,
  services: serviceRowSchema,
  events: eventRowSchema,
} as const;

export type View = keyof typeof rowSchemas;
export type Row<V extends View> = z.infer<(typeof rowSchemas)[V]>;
export const viewSchema = z.enum(['pods', 'nodes', 'workloads', 'services', 'events']);

export type PodRow = Row<'pods'>;
export type NodeRow = Row<'nodes'>;
export type WorkloadRow = Row<'workloads'>;
export type ServiceRow = Row<'services'>;
export type EventRow = Row<'events'>;

/** Which part of a table a window shows. Filtering, sorting and cutting happen on the master's thread. */
export const rowsQuerySchema = z.object({
  cluster: clusterIdSchema,
  view: viewSchema,
  namespace: z.string().optional(),
  search: z.string().max(200).default(''),
  sort: z.object({ column: z.string().max(40), descending: z.boolean() }).optional(),
  offset: z.number().int().min(0).default(0),
  limit: z.number().int().min(1).max(500).default(100),
});
export type RowsQuery = z.input<typeof rowsQuerySchema>;

/**
 * A change to what the window shows. `order` is the whole of the shown part, by row id; `rows` holds
 * only what is new or changed since the event before, and everything in the first event.
 */
export const rowsEventSchema = z.object({
  total: z.number(),
  matched: z.number(),
  order: z.array(z.string()),
  rows: z.array(z.looseObject({ id: z.string() })),
});
export type RowsEvent = z.infer<typeof rowsEventSchema>;
