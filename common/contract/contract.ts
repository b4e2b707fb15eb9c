import { z } from 'zod';
import { localeSchema } from '#common/i18n/locale.ts';
import {
  addNodeSchema,
  clusterIdSchema,
  clusterSummarySchema,
  createClusterSchema,
  operationProgressSchema,
} from './cluster.ts';
import { call, stream, type DoorHandlers, type Handlers } from './define.ts';
import { findingSchema } from './finding.ts';
import { hostSecretsSchema, hostWithSecretsSchema } from './host.ts';
import { rowsEventSchema, rowsQuerySchema } from './rows.ts';
import { deploySchema, overviewSchema, workloadRefSchema } from './workloads.ts';

const none = z.object({}).default({});
const ofCluster = z.object({ cluster: clusterIdSchema });
const nothing = z.null();

const language = z.enum(['system', ...localeSchema.options]);
const theme = z.enum(['system', 'light', 'dark']);
export const preferencesSchema = z.object({ language: language.default('system'), theme: theme.default('system') });
/** Without defaults: what is not named in a change stays as it is. */
const preferencesChangeSchema = z.object({ language, theme }).partial();
export type Preferences = z.infer<typeof preferencesSchema>;

/**
 * Everything a window can ask of the main process. One table of handlers answers it over every
 * transport; entries that name a cluster are answered on its master's thread or about its machines.
 */
export const contract = {
  'app.info': call(
    none,
    z.object({
      version: z.string(),
      door: z.enum(['electron', 'browser']),
      /** Languages that the system prefers, best first. */
      languages: z.array(z.string()),
      /** What the host has, for sizing a cluster. */
      host: z.object({ cpus: z.number(), memoryBytes: z.number(), platform: z.string() }),
      sampleImages: z.array(z.string()),
      /** The ways to make machines here, the one to propose first. */
      providers: z.array(z.enum(['namespace', 'multipass', 'ssh'])).min(1),
    }),
  ),
  'app.preferences': stream(none, preferencesSchema),
  'app.setPreferences': call(preferencesChangeSchema, nothing),
  /** A link that opens one window in a browser. Only where the app serves its window to browsers. */
  'app.newUrl': call(none, z.object({ url: z.url() })),
  /** Writes what is needed to find a fault, without secrets, to a new file of this path (zip). */
  'app.collectLogs': call(z.object({ file: z.string().min(1) }), nothing),
  /** Stops the masters and ends the app. Machines and what runs on them go on. */
  'app.quit': call(none, nothing),

  /** Runs the checks, for `ssh` also on the machines that are meant; each event holds all findings so far. */
  'machines.preflight': stream(
    z.object({
      provider: z.enum(['namespace', 'multipass', 'ssh']),
      hosts: z.array(hostWithSecretsSchema).default([]),
    }),
    z.object({ finished: z.boolean(), findings: z.array(findingSchema) }),
  ),

  'clusters.watch': stream(none, z.array(clusterSummarySchema)),
  'clusters.create': call(createClusterSchema, z.object({ id: clusterIdSchema })),
  /** Goes on with what failed or was interrupted, at the step where it stopped, or starts what was stopped. */
  'clusters.resume': call(
    // By the name of the node: what an error asked for, as a passphrase or a password for sudo.
    ofCluster.extend({ secrets: z.record(z.string(), hostSecretsSchema).default({}) }),
    nothing,
  ),
  'clusters.cancel': call(ofCluster, nothing),
  /** Stops its machines and its master. It stays so until it is resumed. */
  'clusters.stop': call(ofCluster, nothing),
  /** `abandon`: machines that are the user's and cannot be reached any more are left as they are. */
  'clusters.delete': call(ofCluster.extend({ abandon: z.boolean().default(false) }), nothing),
  'clusters.progress': stream(ofCluster, operationProgressSchema.nullable()),
  'clusters.kubeconfig': call(ofCluster, z.object({ yaml: z.string() })),
  'clusters.addNode': call(addNodeSchema, z.object({ node: z.string() })),
  /** Drains the node, then removes it and its machine. */
  'clusters.removeNode': call(ofCluster.extend({ node: z.string() }), nothing),
  /** Imports an image archive (OCI or docker save) of this computer on all running nodes. */
  'clusters.loadImage': call(
    ofCluster.extend({ file: z.string().min(1) }),
    z.object({ images: z.array(z.string()), nodes: z.array(z.string()) }),
  ),
  /** `secrets`: what an error of this machine asked for. */
  'clusters.startNode': call(ofCluster.extend({ node: z.string(), secrets: hostSecretsSchema.default({}) }), nothing),
  /** Drains the node, then stops its machine. */
  'clusters.stopNode': call(ofCluster.extend({ node: z.string() }), nothing),

  'cluster.overview': stream(ofCluster, overviewSchema),
  'cluster.rows': stream(rowsQuerySchema, rowsEventSchema),
  'cluster.deploy': call(ofCluster.extend({ workload: deploySchema }), nothing),
  'cluster.scale': call(workloadRefSchema.extend({ replicas: z.number().int().min(0).max(500) }), nothing),
  'cluster.deleteWorkload': call(workloadRefSchema, nothing),
  'cluster.deletePod': call(workloadRefSchema, nothing),
  'cluster.logs': stream(
    workloadRefSchema.extend({ container: z.string(), tailLines: z.number().int().min(1).max(10_000).default(500) }),
    z.object({ lines: z.array(z.string()) }),
  ),
} as const;

export type Contract = typeof contract;
export type ContractHandlers = Handlers<Contract>;
/** The same table with streams that may be raw: what windows are served from. */
export type WindowHandlers = DoorHandlers<Contract>;
