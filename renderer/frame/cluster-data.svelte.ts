import { createContext } from 'svelte';
import type { ClusterId } from '#common/contract/cluster.ts';
import { useLive, type Live } from '../lib/state/live.svelte.ts';

/** What the frame and the pages both show of the cluster that is looked at. */
export interface ClusterData {
  readonly overview: Live<'cluster.overview'>;
}

const [useClusterData, provideClusterData] = createContext<ClusterData>();
export { useClusterData };

/** Follows the running cluster, for the frame and all that is in it. */
export function followCluster(id: () => ClusterId | undefined): ClusterData {
  const cluster = $derived(id());
  const data: ClusterData = {
    overview: useLive('cluster.overview', () => (cluster === undefined ? undefined : { cluster })),
  };
  return provideClusterData(data);
}
