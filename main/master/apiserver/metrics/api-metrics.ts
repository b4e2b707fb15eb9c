import { KUBERNETES_VERSION } from '#common/kube/version.ts';
import type { Api } from '../api.ts';
import type { ResourceInfo } from '../http/request-info.ts';
import type { InFlight } from '../http/in-flight.ts';
import type { Kind } from '../kind.ts';
import { Counter, Gauge, Histogram, labelText, metricsText, type Labels, type Metric } from './metric.ts';

const VERBS: Readonly<Record<ResourceInfo['verb'], string>> = {
  get: 'GET',
  list: 'LIST',
  watch: 'WATCH',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETECOLLECTION',
};

/** Seconds; upstream's for the same metric. */
const DURATIONS = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];

/** What /metrics tells, under upstream's names where upstream has the same. */
export class ApiMetrics {
  readonly #requests = new Counter(
    'apiserver_request_total',
    'Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.',
  );
  readonly #durations = new Histogram(
    'apiserver_request_duration_seconds',
    'Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.',
    DURATIONS,
  );
  readonly #metrics: readonly Metric[];

  constructor(api: Api, inFlight: InFlight) {
    this.#metrics = [this.#requests, this.#durations, ...serverGauges(inFlight), ...storeGauges(api), ...PROCESS];
  }

  /** A finished request about a kind that is served: others would let strangers make up labels. */
  observe(info: ResourceInfo, kind: Kind, code: number, seconds: number): void {
    const { group, version, plural, namespaced } = kind.resource;
    const known = kind.subresources && Object.hasOwn(kind.subresources, info.subresource) ? info.subresource : '';
    const labels = labelText({
      component: 'apiserver',
      dry_run: info.query.get('dryRun') === 'All' ? 'All' : '',
      group,
      resource: plural,
      scope: info.name !== '' ? 'resource' : namespaced && info.namespace !== '' ? 'namespace' : 'cluster',
      subresource: known,
      verb: VERBS[info.verb],
      version,
    });
    this.#requests.add(`code="${code}",${labels}`);
    // Watches last as long as they like: that says nothing of how quick the server is.
    if (info.verb !== 'watch') this.#durations.observe(labels, seconds);
  }

  text(): string {
    return metricsText(this.#metrics);
  }
}

function serverGauges(inFlight: InFlight): Metric[] {
  return [
    new Gauge('apiserver_current_inflight_requests', 'Current number of requests being served, by kind.', () => [
      [{ request_kind: 'mutating' }, inFlight.mutating],
      [{ request_kind: 'readOnly' }, inFlight.readOnly],
    ]),
    new Gauge('apiserver_longrunning_requests', 'Current number of watches, logs and other streams.', () => [
      [{}, inFlight.longRunning],
    ]),
    new Gauge(
      'apiserver_dropped_requests_total',
      'Number of requests that were refused because too many were being served.',
      () => [[{}, inFlight.refused]],
      'counter',
    ),
  ];
}

function storeGauges({ store, collections }: Api): Metric[] {
  return [
    new Gauge('apiserver_storage_objects', 'Number of stored objects, by kind.', function* () {
      for (const [kind, collection] of collections) {
        const { group, plural } = kind.resource;
        yield [{ resource: group === '' ? plural : `${plural}.${group}` }, collection.size] as const;
      }
    }),
    new Gauge('pilothouse_store_revision', 'Revision of the newest durable write.', () => [[{}, store.revision]]),
    new Gauge('pilothouse_store_compacted_revision', 'Revisions below this one are forgotten.', () => [
      [{}, store.compactedRevision],
    ]),
  ];
}

const one = (read: () => number) => (): [Labels, number][] => [[{}, read()]];

const PROCESS: readonly Metric[] = [
  new Gauge('kubernetes_build_info', 'A metric with a constant 1 value, labelled by the version.', () => [
    [{ git_version: KUBERNETES_VERSION, platform: process.platform }, 1],
  ]),
  new Gauge(
    'process_cpu_seconds_total',
    'Total user and system CPU time spent in seconds.',
    one(() => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    }),
    'counter',
  ),
  new Gauge(
    'process_resident_memory_bytes',
    'Resident memory size in bytes.',
    one(() => process.memoryUsage.rss()),
  ),
  new Gauge(
    'process_start_time_seconds',
    'Start time of the process since unix epoch in seconds.',
    one(() => performance.timeOrigin / 1000),
  ),
];
