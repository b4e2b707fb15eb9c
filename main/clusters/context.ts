import { AppError } from '#common/base/app-error.ts';
import type { Clock } from '#common/base/clock.ts';
import type { Log } from '#common/base/log.ts';
import type { Random } from '#common/base/random.ts';
import type { NodeAssets } from '../install/node-assets.ts';
import type { Layout } from '../layout.ts';
import type { MachineProvider } from '../machines/provider.ts';
import type { Home } from './home.ts';

export type ProviderId = MachineProvider['id'];

/** What clusters are made with. */
export interface ClusterContext {
  readonly home: Home;
  readonly layout: Layout;
  readonly assets: NodeAssets;
  readonly providers: Readonly<Partial<Record<ProviderId, MachineProvider>>>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Throws where the app cannot make machines in that way. */
export function providerOf(context: ClusterContext, id: ProviderId): MachineProvider {
  const provider = context.providers[id];
  if (!provider) throw new AppError('internal', { params: { message: `the provider ${id} is not available here` } });
  return provider;
}
