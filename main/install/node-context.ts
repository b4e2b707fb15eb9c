import type { Clock } from '#common/base/clock.ts';
import type { Client } from '#common/client/client.ts';
import type { Machine } from '../machines/provider.ts';
import type { Reach } from '#common/contract/cluster.ts';
import type { NodeAssets } from './node-assets.ts';
import type { SshConnection } from './ssh-connection.ts';

/** The cluster that a machine is to join. */
export interface ClusterFacts {
  readonly id: string;
  readonly name: string;
  /** All pods and all cluster IPs, as `10.244.0.0/16`. */
  readonly podRange: string;
  readonly serviceRange: string;
  readonly clusterDns: string;
  readonly clusterDomain: string;
  /** The name that the master's certificate carries. */
  readonly serverName: string;
  /** PEM. */
  readonly certificateAuthority: string;
}

/** All that the steps know while they turn one machine into a Node. */
export interface NodeContext {
  readonly cluster: ClusterFacts;
  /** The name of the Node object. */
  readonly node: string;
  readonly machine: Machine;
  /** Whether the machine's clock is the app's to set. */
  readonly setsClock: boolean;
  readonly assets: NodeAssets;
  readonly clock: Clock;
  /** The API, as an identity that may read nodes and run the test pod. */
  readonly client: Client;
  /** The connection to the machine: one for all steps, opened anew when it broke. */
  ssh(signal: AbortSignal): Promise<SshConnection>;
  /** Finds the way from the node to the master, tells the node, and keeps it from then on. */
  reach(signal: AbortSignal): Promise<Reach>;
  /** A token for the agent's first certificate request. */
  bootstrapToken(): Promise<string>;
}

/** Where things are on every node. */
export const nodePaths = {
  runtime: '/opt/pilothouse/bin/node',
  agent: '/opt/pilothouse/agent.cjs',
  images: '/opt/pilothouse/images',
  applied: '/opt/pilothouse/applied',
  installation: '/opt/pilothouse/installation.json',
  config: '/etc/pilothouse/agent.json',
  servers: '/etc/pilothouse/servers.json',
  certificateAuthority: '/etc/pilothouse/ca.crt',
  bootstrapToken: '/etc/pilothouse/bootstrap-token',
  /** With its key, which stays there. */
  clientCertificate: '/var/lib/pilothouse/pki/kubelet-client.pem',
  unit: '/etc/systemd/system/pilothouse-agent.service',
  /** On a machine of the user's: whose node it is, and what it was like before. */
  mark: '/etc/pilothouse/machine.json',
  sysctl: '/etc/sysctl.d/90-pilothouse.conf',
  containerdConfig: '/etc/containerd/config.toml',
  cniConfiguration: '/etc/cni/net.d',
} as const;
