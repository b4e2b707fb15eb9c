import type { Clock } from '#common/base/clock.ts';
import type { Log } from '#common/base/log.ts';
import type { Random } from '#common/base/random.ts';
import type { Scope } from '#common/base/scope.ts';
import type { Client } from '#common/client/client.ts';
import { Informers } from '#common/client/informers.ts';
import type { LogReader } from './actions/logs.ts';
import { deletePod } from './actions/delete-pod.ts';
import { deleteWorkload } from './actions/delete-workload.ts';
import { deploy } from './actions/deploy.ts';
import { followLogs } from './actions/logs.ts';
import { scale } from './actions/scale.ts';
import type { ClusterHandlers } from './thread-protocol.ts';
import { overviewStream } from './views/overview.ts';
import { rowsStream } from './views/rows.ts';
import { viewsOf } from './views/views.ts';

export interface ClusterContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly scope: Scope;
  readonly readLogs: LogReader;
}

/** What windows ask about the cluster's objects, answered on the master's thread. */
export function clusterHandlers(client: Client, context: ClusterContext): ClusterHandlers {
  const informers = new Informers(client, context, context.scope);
  const views = viewsOf(informers);
  return {
    'cluster.overview': (_args, emit, signal) => overviewStream(informers, context.clock, emit, signal),
    'cluster.rows': (query, emit, signal) => rowsStream(views[query.view], query, context.clock, emit, signal),
    'cluster.deploy': ({ workload }) => deploy(client, workload),
    'cluster.scale': (ref) => scale(client, ref),
    'cluster.deleteWorkload': (ref) => deleteWorkload(client, ref),
    'cluster.deletePod': (ref) => deletePod(client, ref),
    'cluster.logs': (ref, emit, signal) => followLogs(context.readLogs, ref, context.clock, emit, signal),
  };
}
