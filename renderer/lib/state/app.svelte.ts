import { createContext } from 'svelte';
import type { ClusterSummary } from '#common/contract/cluster.ts';
import type { Contract } from '#common/contract/contract.ts';
import type { ResultOf } from '#common/contract/define.ts';
import { AppError } from '#common/base/app-error.ts';
import { realClock } from '#common/base/clock.ts';
import type { ContractClient } from '#common/contract/client.ts';
import { onNextFrame } from './frames.ts';
import { PreferencesState } from './preferences.svelte.ts';
import { Tasks } from './tasks.svelte.ts';

export type AppInfo = ResultOf<Contract['app.info']>;

/** What every part of the window shares. */
export class AppState {
  readonly client: ContractClient;
  readonly preferences: PreferencesState;
  readonly tasks = new Tasks(realClock);
  /** The product's name, the same in every language. */
  readonly name = 'Pilothouse';
  info = $state.raw<AppInfo>();
  clusters = $state.raw<readonly ClusterSummary[]>();
  /** Why the clusters cannot be listed, or the app not be asked what it is. */
  error = $state.raw<AppError>();
  connected = $state(true);
  /** Limits tables to one namespace; undefined for all. */
  namespace = $state.raw<string>();

  constructor(client: ContractClient) {
    this.client = client;
    this.preferences = new PreferencesState(client);
  }

  /** Asks for everything that the frame shows, for as long as the window lives. */
  start(): void {
    this.client.watchConnection((connected) => (this.connected = connected));
    this.preferences.follow();
    this.load();
    this.client.start();
  }

  /** Also the way out of a failure: asks again. */
  load(): void {
    this.error = undefined;
    let newest: readonly ClusterSummary[] = [];
    const show = (): void => void (this.clusters = newest);
    this.client.open(
      'clusters.watch',
      {},
      {
        event: (clusters) => {
          newest = clusters;
          onNextFrame(show);
        },
        failed: (error) => (this.error = error),
      },
    );
    this.client.call('app.info', {}).then(
      (info) => {
        this.info = info;
        this.preferences.useSystemLanguages(info.languages);
      },
      (error: unknown) => (this.error = AppError.from(error)),
    );
  }

  cluster(id: string): ClusterSummary | undefined {
    return this.clusters?.find((cluster) => cluster.id === id);
  }
}

export const [useApp, provideApp] = createContext<AppState>();
