import { abortReason, isAborted } from '#common/base/abort.ts';
import type { Clock } from '#common/base/clock.ts';
import { RuntimeError, type LabelFilter, type Runtime, type RuntimeEvent } from '../cri/runtime.ts';
import type {
  Container,
  ContainerConfig,
  ContainerState,
  ContainerStatus,
  Image,
  PodSandbox,
  PodSandboxConfig,
  PodSandboxStatus,
  RuntimeCondition,
  VersionResponse,
} from '../cri/types.ts';

interface FakeSandbox extends PodSandboxStatus {
  state: 'SANDBOX_READY' | 'SANDBOX_NOTREADY';
}

interface FakeContainer {
  readonly config: ContainerConfig;
  readonly podSandboxId: string;
  status: ContainerStatus;
}

/** A runtime in memory that behaves as containerd does: what tests let containers do is up to them. */
export class FakeRuntime implements Runtime {
  readonly calls: string[] = [];
  readonly images = new Map<string, Image>();
  /** Called when a container has started: it may end it again. */
  onStart: (container: ContainerConfig, id: string) => void = () => undefined;
  ready: readonly RuntimeCondition[] = ['RuntimeReady', 'NetworkReady'].map((type) => ({
    type,
    status: true,
    reason: '',
    message: '',
  }));
  /** Thrown by the next sandbox that is started. */
  sandboxFailure: string | undefined;
  /** Containers end only when their grace period is over. */
  stubborn = false;
  readonly #clock: Clock;
  readonly #sandboxes = new Map<string, FakeSandbox>();
  readonly #containers = new Map<string, FakeContainer>();
  readonly #subscribers = new Set<(event: RuntimeEvent) => void>();
  #number = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  addImage(reference: string, image: Partial<Image> = {}): void {
    const id = `sha256:${Buffer.from(reference).toString('hex').padEnd(64, '0').slice(0, 64)}`;
    this.images.set(reference, {
      id,
      repoTags: [reference],
      repoDigests: [],
      size: 1,
      uid: null,
      username: '',
      ...image,
    });
  }

  get containers(): { id: string; name: string; state: ContainerState; config: ContainerConfig }[] {
    return [...this.#containers].map(([id, { config, status }]) => ({
      id,
      name: config.metadata.name,
      state: status.state,
      config,
    }));
  }

  get sandboxes(): readonly PodSandboxStatus[] {
    return [...this.#sandboxes.values()];
  }

  /** A container's process ends by itself. */
  exit(id: string, exitCode: number, reason = exitCode === 0 ? 'Completed' : 'Error'): void {
    const container = this.#container(id);
    if (container.status.state === 'CONTAINER_EXITED') return;
    container.status = {
      ...container.status,
      state: 'CONTAINER_EXITED',
      exitCode,
      reason,
      finishedAt: this.#clock.now() * 1e6,
    };
    this.#emit({ type: 'exited', containerId: id });
  }

  /** The machine was stopped and started: nothing runs any more. */
  reboot(): void {
    for (const sandbox of this.#sandboxes.values()) sandbox.state = 'SANDBOX_NOTREADY';
    for (const { id, state } of this.containers) if (state === 'CONTAINER_RUNNING') this.exit(id, 255, 'Unknown');
  }

  async version(): Promise<VersionResponse> {
    return { runtimeName: 'containerd', runtimeVersion: '1.6.20', runtimeApiVersion: 'v1' };
  }

  async conditions(): Promise<readonly RuntimeCondition[]> {
    return this.ready;
  }

  async runPodSandbox(config: PodSandboxConfig): Promise<string> {
    this.calls.push(`runPodSandbox ${config.metadata.name} ${config.metadata.attempt}`);
    const failure = this.sandboxFailure;
    this.sandboxFailure = undefined;
    if (failure !== undefined) throw new RuntimeError('other', failure);
    const id = `sandbox-${++this.#number}`;
    this.#sandboxes.set(id, {
      id,
      metadata: config.metadata,
      state: 'SANDBOX_READY',
      createdAt: (this.#clock.now() + this.#number) * 1e6,
      labels: config.labels,
      annotations: config.annotations,
      network: { ip: `10.244.1.${this.#number + 1}`, additionalIps: [] },
      linux: { namespaces: { options: config.linux.securityContext.namespaceOptions } },
    });
    return id;
  }

  async stopPodSandbox(id: string): Promise<void> {
    this.calls.push(`stopPodSandbox ${id}`);
    for (const [containerId, container] of this.#containers) {
      if (container.podSandboxId === id && container.status.state === 'CONTAINER_RUNNING') this.exit(containerId, 137);
    }
    const sandbox = this.#sandboxes.get(id);
    if (sandbox) sandbox.state = 'SANDBOX_NOTREADY';
  }

  async removePodSandbox(id: string): Promise<void> {
    this.calls.push(`removePodSandbox ${id}`);
    for (const [containerId, { podSandboxId }] of this.#containers) {
      if (podSandboxId === id) this.#containers.delete(containerId);
    }
    this.#sandboxes.delete(id);
  }

  async podSandboxStatus(id: string): Promise<PodSandboxStatus> {
    const sandbox = this.#sandboxes.get(id);
    if (!sandbox) throw new RuntimeError('not-found', `sandbox ${id} not found`);
    return { ...sandbox };
  }

  async listPodSandboxes(labels: LabelFilter = {}): Promise<readonly PodSandbox[]> {
    return [...this.#sandboxes.values()]
      .filter((sandbox) => matches(sandbox.labels, labels))
      .map((one) => ({ ...one }));
  }

  async createContainer(sandboxId: string, config: ContainerConfig): Promise<string> {
    this.calls.push(`createContainer ${config.metadata.name} ${config.metadata.attempt}`);
    const id = `container-${++this.#number}`;
    this.#containers.set(id, {
      config,
      podSandboxId: sandboxId,
      status: {
        id,
        metadata: config.metadata,
        state: 'CONTAINER_CREATED',
        createdAt: (this.#clock.now() + this.#number) * 1e6,
        startedAt: 0,
        finishedAt: 0,
        exitCode: 0,
        image: config.image,
        imageRef: config.image.image,
        reason: '',
        message: '',
        labels: config.labels,
        annotations: config.annotations,
        logPath: config.logPath,
      },
    });
    return id;
  }

  async startContainer(id: string): Promise<void> {
    const container = this.#container(id);
    container.status = { ...container.status, state: 'CONTAINER_RUNNING', startedAt: this.#clock.now() * 1e6 };
    this.onStart(container.config, id);
  }

  async stopContainer(id: string, timeoutSeconds: number, signal?: AbortSignal): Promise<void> {
    this.calls.push(`stopContainer ${this.#container(id).config.metadata.name} ${timeoutSeconds}`);
    if (this.stubborn) {
      await new Promise<void>((resolve, reject) => {
        const timer = this.#clock.after(timeoutSeconds * 1000, resolve);
        signal?.addEventListener('abort', () => {
          timer[Symbol.dispose]();
          reject(abortReason(signal));
        });
      });
      this.exit(id, 137);
    } else this.exit(id, 0);
  }

  async removeContainer(id: string): Promise<void> {
    this.calls.push(`removeContainer ${id}`);
    this.#containers.delete(id);
  }

  async containerStatus(id: string): Promise<ContainerStatus> {
    return { ...this.#container(id).status };
  }

  async listContainers(labels: LabelFilter = {}): Promise<readonly Container[]> {
    return [...this.#containers.values()]
      .filter(({ status }) => matches(status.labels, labels))
      .map(({ status, podSandboxId }) => ({ ...status, podSandboxId }));
  }

  async reopenContainerLog(id: string): Promise<void> {
    this.calls.push(`reopenContainerLog ${id}`);
  }

  async listImages(): Promise<readonly Image[]> {
    return [...this.images.values()];
  }

  async imageStatus(reference: string): Promise<Image | undefined> {
    return this.images.get(reference) ?? [...this.images.values()].find(({ id }) => id === reference);
  }

  async pullImage(reference: string): Promise<string> {
    this.calls.push(`pullImage ${reference}`);
    throw new RuntimeError('not-found', `failed to resolve reference "${reference}"`);
  }

  async *events(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    const pending: RuntimeEvent[] = [{ type: 'subscribed' }];
    let wake = Promise.withResolvers<void>();
    const subscriber = (event: RuntimeEvent): void => {
      pending.push(event);
      wake.resolve();
    };
    const stop = (): void => wake.resolve();
    this.#subscribers.add(subscriber);
    signal.addEventListener('abort', stop, { once: true });
    try {
      while (!isAborted(signal)) {
        for (let event = pending.shift(); event; event = pending.shift()) yield event;
        wake = Promise.withResolvers<void>();
        if (!isAborted(signal)) await wake.promise;
      }
    } finally {
      this.#subscribers.delete(subscriber);
      signal.removeEventListener('abort', stop);
    }
  }

  #emit(event: RuntimeEvent): void {
    for (const subscriber of this.#subscribers) subscriber(event);
  }

  #container(id: string): FakeContainer {
    const container = this.#containers.get(id);
    if (!container) throw new RuntimeError('not-found', `container ${id} not found`);
    return container;
  }
}

function matches(labels: Readonly<Record<string, string>>, wanted: LabelFilter): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}
