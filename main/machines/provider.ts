import type { Finding } from '#common/contract/finding.ts';

export type MachineName = string & { readonly __brand: 'MachineName' };

export interface MachineSpec {
  /** Unique on the host: `<cluster id>-<node name>`. */
  readonly name: MachineName;
  readonly hostname: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  /** One OpenSSH public key line, which root (or `user`) of the machine will accept. */
  readonly sshPublicKey: string;
}

export type MachineState = 'running' | 'stopped' | 'absent' | 'broken';

export interface Machine {
  readonly name: MachineName;
  readonly state: MachineState;
  /** How to reach it when it runs. Read it anew after every start: addresses may move. */
  readonly ssh?: SshTarget;
  /** What it offers to its node; a machine without limits of its own reports the spec's. */
  readonly cpus: number;
  readonly memoryBytes: number;
}

export interface SshTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** OpenSSH public host keys, when the provider knows them; otherwise pinned at first use. */
  readonly hostKeys?: readonly string[];
}

/** What a network of machines looks like from this host: how nodes reach the master and each other. */
export interface MachineNetwork {
  /**
   * The address of this host that machines reach, where the master may listen for them. Some networks are there only
   * while a machine runs: until then it is not known.
   */
  readonly hostAddress?: string;
  /** Machines share one link, so pod routes between them need no tunnel. */
  readonly sharedLink: boolean;
}

export interface Progress {
  /** 0 to 1 where it is known. */
  readonly fraction?: number;
  /** The last line that the work printed. */
  readonly line: string;
}

export type ReportProgress = (progress: Progress) => void;

/**
 * Where nodes come from. A provider yields Linux machines with systemd and our SSH key; everything
 * after that is the installer's. Every call is idempotent, and tells only what it has verified.
 * Implementations: one folder each beside this file.
 */
export interface MachineProvider {
  readonly id: 'namespace' | 'multipass' | 'ssh';

  /** What this host lacks for making machines. Changes nothing. */
  preflight(signal: AbortSignal): Promise<readonly Finding[]>;

  /** Makes what all machines of a cluster share (a base image, a bridge), with progress. */
  prepare(cluster: string, report: ReportProgress, signal: AbortSignal): Promise<MachineNetwork>;

  create(cluster: string, spec: MachineSpec, report: ReportProgress, signal: AbortSignal): Promise<Machine>;
  start(cluster: string, name: MachineName, signal: AbortSignal): Promise<Machine>;
  stop(cluster: string, name: MachineName, signal: AbortSignal): Promise<Machine>;
  delete(cluster: string, name: MachineName, signal: AbortSignal): Promise<void>;
  info(cluster: string, name: MachineName): Promise<Machine>;
  list(cluster: string): Promise<readonly Machine[]>;

  /** Removes what `prepare` made for the cluster. Shared caches stay. */
  release(cluster: string, signal: AbortSignal): Promise<void>;
}
