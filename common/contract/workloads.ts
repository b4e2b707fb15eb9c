import { z } from 'zod';
import { clusterIdSchema } from './cluster.ts';

/** RFC 1035 label: what a Service may be called. */
export const SERVICE_NAME = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
// Separators and the rest have no character in common, so that matching takes linear time.
const IMAGE = /^[a-z0-9]+([._:/@-]+[a-zA-Z0-9]+)*$/;

/** The form "image -> running address"; each error names the reason in the catalogue. */
export const deploySchema = z.object({
  namespace: z.string().default('default'),
  name: z.string().regex(SERVICE_NAME, { error: 'workload-name' }),
  image: z.string().max(512, 'image').regex(IMAGE, { error: 'image' }),
  replicas: z
    .number({ error: 'replicas-range' })
    .int('replicas-range')
    .min(0, 'replicas-range')
    .max(500, 'replicas-range'),
  /** The port that the app in the image listens on. */
  port: z.number({ error: 'port-range' }).int('port-range').min(1, 'port-range').max(65535, 'port-range'),
});
export type Deploy = z.infer<typeof deploySchema>;

export const workloadRefSchema = z.object({
  cluster: clusterIdSchema,
  namespace: z.string(),
  name: z.string(),
});

export const overviewSchema = z.object({
  nodes: z.object({ total: z.number(), ready: z.number() }),
  pods: z.object({
    total: z.number(),
    running: z.number(),
    pending: z.number(),
    failed: z.number(),
    succeeded: z.number(),
  }),
  workloads: z.object({ total: z.number(), ready: z.number() }),
  services: z.number(),
  namespaces: z.array(z.string()),
});
export type Overview = z.infer<typeof overviewSchema>;
