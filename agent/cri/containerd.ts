import { isAborted } from '#common/base/abort.ts';
import { containerdEventsProto } from './containerd-events.proto.ts';
import { criProto } from './cri.proto.ts';
import { GrpcChannel, GrpcService, type CallOptions } from './grpc.ts';
import { RuntimeError, type LabelFilter, type Runtime, type RuntimeEvent } from './runtime.ts';
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

/** As the kubelet's runtimeRequestTimeout, and its longer one for sandboxes. */
const REQUEST_TIMEOUT_MS = 120_000;
const SANDBOX_TIMEOUT_MS = 240_000;

/** containerd, through CRI v1 and its own event service, on one socket. */
export class Containerd implements Runtime, Disposable {
  readonly #channel: GrpcChannel;
  readonly #runtime: GrpcService;
  readonly #images: GrpcService;
  readonly #events: GrpcService;

  /** `endpoint`: `unix:///run/containerd/containerd.sock`. */
  constructor(endpoint: string) {
    this.#channel = new GrpcChannel(endpoint);
    this.#runtime = new GrpcService(this.#channel, criProto, 'RuntimeService', 'runtime.v1.RuntimeService');
    this.#images = new GrpcService(this.#channel, criProto, 'ImageService', 'runtime.v1.ImageService');
    this.#events = new GrpcService(
      this.#channel,
      containerdEventsProto,
      'Events',
      'containerd.services.events.v1.Events',
    );
  }

  async version(): Promise<VersionResponse> {
    return (await this.#call('Version', {})) as VersionResponse;
  }

  async conditions(): Promise<readonly RuntimeCondition[]> {
    const { status } = (await this.#call('Status', {}, { timeoutMs: 10_000 })) as {
      status: { conditions: RuntimeCondition[] } | null;
    };
    return status?.conditions ?? [];
  }

  async runPodSandbox(config: PodSandboxConfig): Promise<string> {
    const answer = await this.#call('RunPodSandbox', { config }, { timeoutMs: SANDBOX_TIMEOUT_MS });
    return (answer as { podSandboxId: string }).podSandboxId;
  }

  async stopPodSandbox(id: string): Promise<void> {
    await goneIsFine(this.#call('StopPodSandbox', { podSandboxId: id }));
  }

  async removePodSandbox(id: string): Promise<void> {
    await goneIsFine(this.#call('RemovePodSandbox', { podSandboxId: id }));
  }

  async podSandboxStatus(id: string): Promise<PodSandboxStatus> {
    const answer = (await this.#call('PodSandboxStatus', { podSandboxId: id })) as { status: PodSandboxStatus };
    return answer.status;
  }

  async listPodSandboxes(labels?: LabelFilter): Promise<readonly PodSandbox[]> {
    return ((await this.#call('ListPodSandbox', filtered(labels))) as { items: PodSandbox[] }).items;
  }

  async createContainer(sandboxId: string, config: ContainerConfig, sandbox: PodSandboxConfig): Promise<string> {
    const answer = await this.#call('CreateContainer', { podSandboxId: sandboxId, config, sandboxConfig: sandbox });
    return (answer as { containerId: string }).containerId;
  }

  async startContainer(id: string): Promise<void> {
    await this.#call('StartContainer', { containerId: id });
  }

  async stopContainer(id: string, timeoutSeconds: number, signal?: AbortSignal): Promise<void> {
    await goneIsFine(
      this.#call(
        'StopContainer',
        { containerId: id, timeout: timeoutSeconds },
        { timeoutMs: REQUEST_TIMEOUT_MS + timeoutSeconds * 1000, signal },
      ),
    );
  }

  async removeContainer(id: string): Promise<void> {
    await goneIsFine(this.#call('RemoveContainer', { containerId: id }));
  }

  async containerStatus(id: string): Promise<ContainerStatus> {
    return ((await this.#call('ContainerStatus', { containerId: id })) as { status: ContainerStatus }).status;
  }

  async listContainers(labels?: LabelFilter): Promise<readonly Container[]> {
    return ((await this.#call('ListContainers', filtered(labels))) as { containers: Container[] }).containers;
  }

  async reopenContainerLog(id: string): Promise<void> {
    await this.#call('ReopenContainerLog', { containerId: id });
  }

  async listImages(): Promise<readonly Image[]> {
    const answer = await this.#images.unary('ListImages', {}, { timeoutMs: REQUEST_TIMEOUT_MS });
    return (answer as { images: Image[] }).images;
  }

  async imageStatus(reference: string): Promise<Image | undefined> {
    const request = { image: { image: reference } };
    const answer = await this.#images.unary('ImageStatus', request, { timeoutMs: REQUEST_TIMEOUT_MS });
    return (answer as { image: Image | null }).image ?? undefined;
  }

  async pullImage(reference: string, sandbox: PodSandboxConfig, signal?: AbortSignal): Promise<string> {
    const request = { image: { image: reference }, sandboxConfig: sandbox };
    return ((await this.#images.unary('PullImage', request, { signal })) as { imageRef: string }).imageRef;
  }

  async *events(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    const filters = ['namespace==k8s.io,topic=="/tasks/exit"'];
    const envelopes = this.#events.stream('Subscribe', { filters }, signal)[Symbol.asyncIterator]();
    const first = envelopes.next();
    first.catch(() => undefined);
    // containerd acknowledges a subscription with its first event only, so a request sent after it on the
    // same connection tells that it has arrived.
    await Promise.race([this.version(), first]);
    if (isAborted(signal)) return;
    yield { type: 'subscribed' };
    for (let next = await first; !next.done; next = await envelopes.next()) {
      const { event } = next.value as { event: { value: Uint8Array } | null };
      if (!event) continue;
      const exit = this.#events.decode('TaskExit', event.value) as { containerId: string; id: string };
      // Processes that were started by exec end under an id of their own.
      if (exit.id === exit.containerId) yield { type: 'exited', containerId: exit.containerId };
    }
    if (!isAborted(signal)) throw new RuntimeError('unavailable', 'the event stream of the runtime ended');
  }

  [Symbol.dispose](): void {
    this.#channel[Symbol.dispose]();
  }

  #call(method: string, request: object, options: CallOptions = {}): Promise<unknown> {
    return this.#runtime.unary(method, request, { timeoutMs: REQUEST_TIMEOUT_MS, ...options });
  }
}

function filtered(labels: LabelFilter | undefined): object {
  return labels ? { filter: { labelSelector: labels } } : {};
}

async function goneIsFine(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof RuntimeError && error.kind === 'not-found')) throw error;
  }
}
