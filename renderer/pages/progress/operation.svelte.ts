import type { AppErrorShape } from '#common/base/app-error.ts';
import type { ClusterSummary } from '#common/contract/cluster.ts';
import type { HostSecrets } from '#common/contract/host.ts';
import { message } from '../../i18n/i18n.svelte.ts';
import { useApp, type AppState } from '../../lib/state/app.svelte.ts';
import { useLive, type Live } from '../../lib/state/live.svelte.ts';
import { asksOf, failuresOf, type Ask } from './asks.ts';

/** The last long operation on a cluster: how it goes, what stopped it, and what can be done then. */
export class ClusterOperation {
  readonly live: Live<'clusters.progress'>;
  /** What was asked for and is not answered yet. */
  asked = $state<'resume' | 'cancel'>();
  readonly #app: AppState;
  readonly #cluster: () => ClusterSummary;

  constructor(app: AppState, live: Live<'clusters.progress'>, cluster: () => ClusterSummary) {
    this.#app = app;
    this.live = live;
    this.#cluster = cluster;
  }

  get progress(): Live<'clusters.progress'>['value'] {
    return this.live.value;
  }

  get running(): boolean {
    return this.progress?.state === 'running';
  }

  /** It came to no good end, and nothing is being done about that. */
  get stuck(): boolean {
    const state = this.progress?.state;
    return !this.running && (this.#cluster().phase === 'failed' || state === 'failed' || state === 'cancelled');
  }

  /** The step that failed knows more than the cluster as a whole. */
  get error(): AppErrorShape | undefined {
    const parts = (this.progress?.steps ?? []).flatMap((step) => [step, ...step.nodes]);
    return parts.find((part) => part.state === 'failed' && part.error)?.error ?? this.#cluster().error;
  }

  /** Secrets without which going on would fail again. */
  get asks(): readonly Ask[] {
    const { error, nodes } = this.#cluster();
    return asksOf(
      failuresOf(
        this.progress,
        error,
        nodes.map(({ name }) => name),
      ),
    );
  }

  async resume(secrets: Readonly<Record<string, HostSecrets>> = {}): Promise<void> {
    const { id, name } = this.#cluster();
    this.asked = 'resume';
    await this.#app.tasks.attempt(message('task.resume', { name }), () =>
      this.#app.client.call('clusters.resume', { cluster: id, secrets: { ...secrets } }),
    );
    this.asked = undefined;
  }

  async cancel(): Promise<void> {
    const { id, name } = this.#cluster();
    this.asked = 'cancel';
    await this.#app.tasks.attempt(message('task.cancel', { name }), () =>
      this.#app.client.call('clusters.cancel', { cluster: id }),
    );
    this.asked = undefined;
  }
}

/** Follows the operation of a cluster for as long as the component lives. */
export function useOperation(cluster: () => ClusterSummary): ClusterOperation {
  return new ClusterOperation(
    useApp(),
    useLive('clusters.progress', () => ({ cluster: cluster().id })),
    cluster,
  );
}
