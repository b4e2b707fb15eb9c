import * as z from 'zod';

/**
 * /etc/pilothouse/agent.json on a node: written by the installer, read by the agent at start.
 * Addresses in it are hints; trust rests on the certificate authority alone.
 */
export const agentConfigSchema = z.strictObject({
  nodeName: z.string().min(1),
  /** The node's own address on the machines' network. */
  nodeAddress: z.ipv4(),
  /** File that tells where the master is found (`apiServersSchema`); it changes while the agent runs. */
  serversFile: z.string().default('/etc/pilothouse/servers.json'),
  /** The name that the master's certificate is checked against, whatever address it was reached at. */
  serverName: z.string().default('kubernetes'),
  /** PEM file of the cluster's certificate authority. */
  certificateAuthority: z.string(),
  /** File with a bootstrap token, used once to ask for the first certificate, then removed. */
  bootstrapTokenFile: z.string(),
  /** Where the agent keeps keys, certificates, pod volumes and checkpoints. */
  stateDirectory: z.string().default('/var/lib/pilothouse'),
  logDirectory: z.string().default('/var/log/pods'),
  /** All pods of the cluster. */
  podRange: z.cidrv4(),
  /** All cluster IPs of Services. */
  serviceRange: z.cidrv4(),
  clusterDns: z.ipv4(),
  clusterDomain: z.string().default('cluster.local'),
  /** The machine's share of the host, where the kernel of a namespace machine would tell the host's. */
  capacity: z.strictObject({
    cpus: z.number().positive(),
    memoryBytes: z.number().int().positive(),
    pods: z.number().int().positive().default(110),
  }),
  runtimeEndpoint: z.string().default('unix:///run/containerd/containerd.sock'),
  /** Where the kubelet's HTTPS API listens. */
  kubeletPort: z.number().int().default(10250),
});

export type AgentConfig = z.infer<typeof agentConfigSchema>;
export type AgentConfigInput = z.input<typeof agentConfigSchema>;

/**
 * /etc/pilothouse/servers.json on a node: written by the app whenever another way leads to the master, and followed
 * by the agent at once.
 */
export const apiServersSchema = z
  .strictObject({
    /** Where the node reaches the master itself, or might, best first. */
    servers: z.array(z.url()),
    /** The port of this machine's loopback that leads to the master through the app's SSH connection, while it is used. */
    tunnel: z.number().int().min(1).max(65_535).optional(),
  })
  .refine(({ servers, tunnel }) => servers.length > 0 || tunnel !== undefined, { error: 'no way to the master' });

export type ApiServers = z.infer<typeof apiServersSchema>;
