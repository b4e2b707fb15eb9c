import type { Finding } from '#common/contract/finding.ts';
import type { Host, HostSecrets, HostWithSecrets } from '#common/contract/host.ts';

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
  /** The machine that is to be taken over, by providers that make none. */
  readonly host?: Host;
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
  /** Where sshd does not let root in: who logs in instead, with the same key, and becomes root by sudo. */
  readonly sudo?: SudoLogin;
}

export interface SudoLogin {
  readonly user: string;
  /** Undefined where sudo asks for none; throws `sudo-password-needed` until the user has told it. */
  readonly password: (() => string) | undefined;
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

export interface MachineCapabilities {
  /** Makes no machines: takes over those that the user names (`MachineSpec.host`), and gives them back on delete. */
  readonly takesHosts: boolean;
  /**
   * Its machines keep a time of their own, that stands still while this computer sleeps, and is ours to set. Those that
   * share this computer's clock have none, and that of a user's machine is the user's.
   */
  readonly setsClocks: boolean;
}

/**
 * Where nodes come from. A provider yields Linux machines with systemd and our SSH key; everything
 * after that is the installer's. Every call is idempotent, and tells only what it has verified.
 * Implementations: one folder each beside this file.
 */
export interface MachineProvider {
  readonly id: 'namespace' | 'multipass' | 'ssh';
  readonly capabilities: MachineCapabilities;

  /** What this host lacks for making machines, and what `hosts` lack for being taken over. Changes nothing. */
  preflight(signal: AbortSignal, hosts?: readonly HostWithSecrets[]): Promise<readonly Finding[]>;

  /** Networks that a new cluster must not use because its hosts need them. */
  takenRanges?(hosts: readonly HostWithSecrets[], signal: AbortSignal): Promise<readonly string[]>;

  /** Makes what all machines of a cluster share (a base image, a bridge), with progress. */
  prepare(cluster: string, report: ReportProgress, signal: AbortSignal): Promise<MachineNetwork>;

  create(cluster: string, spec: MachineSpec, report: ReportProgress, signal: AbortSignal): Promise<Machine>;
  start(cluster: string, name: MachineName, signal: AbortSignal, report?: ReportProgress): Promise<Machine>;
  stop(cluster: string, name: MachineName, signal: AbortSignal): Promise<Machine>;
  delete(cluster: string, name: MachineName, signal: AbortSignal): Promise<void>;
  info(cluster: string, name: MachineName): Promise<Machine>;
  list(cluster: string): Promise<readonly Machine[]>;

  /** Keeps in memory, and nowhere else, what is needed to log in to the host of a machine. */
  unlock?(name: MachineName, secrets: HostSecrets): void;

  /** Lets go of the host of a machine that cannot be reached any more, which is left as it is. */
  abandon?(cluster: string, name: MachineName): Promise<void>;

  /** Removes what `prepare` made for the cluster. Shared caches stay. */
  release(cluster: string, signal: AbortSignal): Promise<void>;
}
