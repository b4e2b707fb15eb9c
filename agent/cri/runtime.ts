import type {
  Container,
  ContainerConfig,
  ContainerStatus,
  Image,
  PodSandbox,
  PodSandboxConfig,
  PodSandboxStatus,
  RuntimeCondition,
  VersionResponse,
} from './types.ts';

/** Labels that all listed sandboxes or containers must have; everything is listed without. */
export type LabelFilter = Readonly<Record<string, string>>;

/**
 * What runs containers on this node: CRI v1, without its request and response wrappers.
 * Failures are `RuntimeError`s. Times are nanoseconds since the epoch, rounded to what a double holds.
 * Implementations: containerd over its socket; a fake for tests.
 */
export interface Runtime {
  version(): Promise<VersionResponse>;
  /** Whether the runtime (`RuntimeReady`) and the pod network (`NetworkReady`) can be used. */
  conditions(): Promise<readonly RuntimeCondition[]>;

  runPodSandbox(config: PodSandboxConfig): Promise<string>;
  /** Ends every process in the sandbox and gives its address back. Idempotent. */
  stopPodSandbox(id: string): Promise<void>;
  /** Idempotent. */
  removePodSandbox(id: string): Promise<void>;
  podSandboxStatus(id: string): Promise<PodSandboxStatus>;
  listPodSandboxes(labels?: LabelFilter): Promise<readonly PodSandbox[]>;

  createContainer(sandboxId: string, config: ContainerConfig, sandbox: PodSandboxConfig): Promise<string>;
  startContainer(id: string): Promise<void>;
  /** Resolves when the container has ended: by SIGTERM, or by SIGKILL after `timeoutSeconds`. Idempotent. */
  stopContainer(id: string, timeoutSeconds: number, signal?: AbortSignal): Promise<void>;
  /** Idempotent. */
  removeContainer(id: string): Promise<void>;
  containerStatus(id: string): Promise<ContainerStatus>;
  listContainers(labels?: LabelFilter): Promise<readonly Container[]>;
  /** Makes the runtime open the log file at its path anew, after a rotation. */
  reopenContainerLog(id: string): Promise<void>;

  listImages(): Promise<readonly Image[]>;
  imageStatus(reference: string): Promise<Image | undefined>;
  /** Returns the reference by which the image is known now. */
  pullImage(reference: string, sandbox: PodSandboxConfig, signal?: AbortSignal): Promise<string>;

  /**
   * Containers and sandboxes that ended, as they end. The stream opens with `subscribed`, and fails when
   * the runtime goes away; what happened in between has to be listed.
   */
  events(signal: AbortSignal): AsyncIterable<RuntimeEvent>;
}

export type RuntimeEvent = { readonly type: 'subscribed' } | { readonly type: 'exited'; readonly containerId: string };

export type RuntimeErrorKind = 'not-found' | 'unavailable' | 'deadline-exceeded' | 'other';

export class RuntimeError extends Error {
  override readonly name = 'RuntimeError';
  readonly kind: RuntimeErrorKind;

  constructor(kind: RuntimeErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
