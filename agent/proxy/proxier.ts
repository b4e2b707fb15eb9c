import { unlessAborted } from '#common/base/abort.ts';
import { sleep } from '#common/base/clock.ts';
import { describeError } from '#common/base/log.ts';
import type { Informer } from '#common/client/informer.ts';
import { WorkQueue } from '#common/client/work-queue.ts';
import type { EndpointSlice, Service } from '#common/kube/resources.ts';
import type { AgentContext } from '../base/context.ts';
import { runNft } from '../base/nft.ts';
import { forgetFlow, staleFlows } from './conntrack.ts';
import { ledTo, servicePorts, type ServicePort } from './model.ts';
import { ruleset, type Ruleset } from './ruleset.ts';
import { changeScript, fullScript, type Ranges } from './script.ts';

/** Which EndpointSlices the proxy reads: not those of Services that are headless or that other proxies serve. */
export const PROXIED = '!service.kubernetes.io/headless,!service.kubernetes.io/service-proxy-name';

/** Changes that come within this time of each other go into one transaction. */
const GAP_MS = 50;
const RETRY_MS = 10_000;

export interface ProxierOptions {
  readonly nodeName: string;
  readonly ranges: Ranges;
  readonly services: Informer<Service>;
  readonly slices: Informer<EndpointSlice>;
  /** Where this node reaches the API server, when that is elsewhere than its Service says. */
  readonly apiServer: ApiServerEndpoint;
  readonly context: AgentContext;
}

export interface ApiServerEndpoint {
  readonly endpoint: { readonly address: string; readonly port: number } | undefined;
  subscribe(listener: () => void): Disposable;
}

/** Makes the kernel's nftables do what Services want, and keeps it so (kube-proxy). */
export class Proxier {
  readonly #options: ProxierOptions;
  readonly #queue: WorkQueue<'rules'>;
  /** What the kernel has; unknown at first, and after a transaction that failed. */
  #applied: Ruleset | undefined;
  #ports: readonly ServicePort[] = [];

  constructor(options: ProxierOptions) {
    this.#options = options;
    this.#queue = new WorkQueue(options.context.clock, options.context.log, RETRY_MS);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { services, slices, apiServer } = this.#options;
    const changed = (): void => this.#queue.add('rules');
    using _services = services.subscribe(changed);
    using _slices = slices.subscribe(changed);
    using _apiServer = apiServer.subscribe(changed);
    // Services that do not exist at first are told of by nobody.
    changed();
    await this.#queue.process(1, (_key, stop) => this.#apply(stop), signal);
  }

  async #apply(signal: AbortSignal): Promise<void> {
    const { services, slices, apiServer, nodeName, ranges, context } = this.#options;
    // Half of the truth would cut off connections that the other half allows.
    await unlessAborted(Promise.all([services.synced, slices.synced]), signal);
    const ports = ledTo(apiServer.endpoint, servicePorts(services.list(), slices.list(), nodeName));
    const wanted = ruleset(ports);
    const script = this.#applied ? changeScript(this.#applied, wanted) : fullScript(ranges, wanted);
    if (script !== '') {
      this.#applied = undefined;
      try {
        await runNft(script);
      } catch (error) {
        context.log.warn('the service rules were not applied', { error: describeError(error) });
        throw error;
      }
    }
    this.#applied = wanted;
    const stale = staleFlows(this.#ports, ports);
    this.#ports = ports;
    for (const flow of stale) {
      await forgetFlow(flow).catch((error: unknown) => {
        context.log.warn('a UDP flow could not be ended', { error: describeError(error) });
      });
    }
    await sleep(context.clock, GAP_MS, signal).catch(() => undefined);
  }
}
