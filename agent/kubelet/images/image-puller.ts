import { describeError } from '#common/base/log.ts';
import type { AgentContext } from '../../base/context.ts';
import type { Runtime } from '../../cri/runtime.ts';
import type { Image, PodSandboxConfig } from '../../cri/types.ts';
import type { TellPod } from '../events/pod-events.ts';
import { ContainerWaiting } from '../pods/containers/errors.ts';
import type { ContainerSpec } from '../pods/pod.ts';
import { normalizeReference } from './reference.ts';

/** The kubelet's image back-off: 10 s doubling to 5 min, per pod and image. */
const FIRST_MS = 10_000;
const MAXIMUM_MS = 300_000;
const REMEMBERED = 1000;

interface Failure {
  readonly delayMs: number;
  readonly retryAt: number;
}

/** Sees to it that a container's image is there, by its imagePullPolicy (pkg/kubelet/images). */
export class ImagePuller {
  readonly #runtime: Runtime;
  readonly #context: AgentContext;
  readonly #onPulled: () => void;
  readonly #failures = new Map<string, Failure>();

  /** `onPulled` is told when the node has an image more. */
  constructor(runtime: Runtime, context: AgentContext, onPulled: () => void) {
    this.#runtime = runtime;
    this.#context = context;
    this.#onPulled = onPulled;
  }

  /** Throws `ContainerWaiting` with the kubelet's reasons when the image cannot be had now. */
  async ensure(
    uid: string,
    container: ContainerSpec,
    sandbox: PodSandboxConfig,
    tell: TellPod,
    signal: AbortSignal,
  ): Promise<Image> {
    const image = container.image ?? '';
    const reference = normalizeReference(image);
    const policy = container.imagePullPolicy ?? 'IfNotPresent';
    const present = await this.#runtime.imageStatus(reference);
    if (policy !== 'Always' && present) {
      tell('Normal', 'Pulled', `Container image "${image}" already present on machine`, container.name);
      return present;
    }
    if (policy === 'Never') {
      const message = `Container image "${image}" is not present with pull policy of Never`;
      tell('Warning', 'ErrImageNeverPull', message, container.name);
      throw new ContainerWaiting('ErrImageNeverPull', message);
    }
    this.#refuseWhileBackingOff(uid, reference, image, container.name, tell);
    return this.#pull(uid, reference, image, container.name, sandbox, tell, signal);
  }

  /** Milliseconds until the soonest retry of one of the pod's images; nothing when none failed. */
  retryInMs(uid: string): number | undefined {
    const waits = [...this.#failures]
      .filter(([key]) => key.startsWith(`${uid} `))
      .map(([, { retryAt }]) => Math.max(0, retryAt - this.#context.clock.monotonic()));
    return waits.length === 0 ? undefined : Math.min(...waits);
  }

  forget(uid: string): void {
    for (const key of this.#failures.keys()) if (key.startsWith(`${uid} `)) this.#failures.delete(key);
  }

  #refuseWhileBackingOff(uid: string, reference: string, image: string, container: string, tell: TellPod): void {
    const failure = this.#failures.get(`${uid} ${reference}`);
    if (!failure || failure.retryAt <= this.#context.clock.monotonic()) return;
    const message = `Back-off pulling image "${image}"`;
    tell('Normal', 'BackOff', message, container);
    throw new ContainerWaiting('ImagePullBackOff', message);
  }

  async #pull(
    uid: string,
    reference: string,
    image: string,
    container: string,
    sandbox: PodSandboxConfig,
    tell: TellPod,
    signal: AbortSignal,
  ): Promise<Image> {
    const key = `${uid} ${reference}`;
    const { clock } = this.#context;
    tell('Normal', 'Pulling', `Pulling image "${image}"`, container);
    const started = clock.monotonic();
    try {
      const pulled = await this.#runtime.imageStatus(await this.#runtime.pullImage(reference, sandbox, signal));
      if (!pulled) throw new Error(`the image is not there after it was pulled`);
      this.#failures.delete(key);
      const took = `${((clock.monotonic() - started) / 1000).toFixed(3)}s`;
      tell(
        'Normal',
        'Pulled',
        `Successfully pulled image "${image}" in ${took} (${took} including waiting). Image size: ${pulled.size} bytes.`,
        container,
      );
      this.#onPulled();
      return pulled;
    } catch (error) {
      signal.throwIfAborted();
      const delayMs = Math.min(MAXIMUM_MS, (this.#failures.get(key)?.delayMs ?? FIRST_MS / 2) * 2);
      this.#failures.delete(key);
      this.#failures.set(key, { delayMs, retryAt: clock.monotonic() + delayMs });
      if (this.#failures.size > REMEMBERED) this.#failures.delete(this.#failures.keys().next().value!);
      const reason = describeReason(error);
      tell('Warning', 'Failed', `Failed to pull image "${image}": ${reason}`, container);
      throw new ContainerWaiting('ErrImagePull', reason, error);
    }
  }
}

/** Without the class's name, which is no part of upstream's texts. */
function describeReason(error: unknown): string {
  return error instanceof Error ? error.message : describeError(error);
}
