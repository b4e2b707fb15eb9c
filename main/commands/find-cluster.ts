import { AppError } from '#common/base/app-error.ts';
import type { ClusterSummary } from '#common/contract/cluster.ts';
import type { Instance } from '../instance/instance.ts';

/** The cluster of this name. Errors: `cluster-missing`. */
export async function findCluster(instance: Instance, name: string): Promise<ClusterSummary> {
  const clusters = await instance.first('clusters.watch', {});
  const found = clusters.find((cluster) => cluster.name === name);
  if (!found) throw new AppError('cluster-missing', { params: { cluster: name } });
  return found;
}
