import { readFile, writeFile } from 'node:fs/promises';
import { unlessAborted } from '#common/base/abort.ts';
import { describeError } from '#common/base/log.ts';
import type { Informer } from '#common/client/informer.ts';
import { WorkQueue } from '#common/client/work-queue.ts';
import type { AgentConfig } from '#common/contract/agent-config.ts';
import { objectKey } from '#common/kube/object.ts';
import type { Node } from '#common/kube/resources.ts';
import type { AgentContext } from '../base/context.ts';
import { readFileIfPresent, writeFileAtomically } from '../base/files.ts';
import { runNft } from '../base/nft.ts';
import type { Runtime } from '../cri/runtime.ts';
import { releaseLeftoverAddresses } from './address-leftovers.ts';
import { CONFLIST_FILE, conflist } from './conflist.ts';
import { masqueradeScript } from './masquerade.ts';
import { applyRoutes, nodeAddresses, podRoutes } from './routes.ts';

const RETRY_MS = 10_000;

export interface PodNetworkOptions {
  readonly config: AgentConfig;
  readonly nodes: Informer<Node>;
  readonly runtime: Runtime;
  readonly context: AgentContext;
  /** The runtime has been given what it needs for the network. */
  readonly onConfigured: () => void;
  /** `problem` gives another answer than before. */
  readonly onProblemChanged: () => void;
}

/** Connects the pods of this node to each other, to those of other nodes, and to the world. */
export class PodNetwork {
  readonly #options: PodNetworkOptions;
  readonly #queue: WorkQueue<'network'>;
  #prepared = false;
  #masqueraded = '';
  #problem: string | undefined = 'pod network: not set up yet';

  constructor(options: PodNetworkOptions) {
    this.#options = options;
    this.#queue = new WorkQueue(options.context.clock, options.context.log, RETRY_MS);
  }

  /** Why pods cannot be reached; nothing when they can. */
  get problem(): string | undefined {
    return this.#problem;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { nodes } = this.#options;
    using _changes = nodes.subscribe(() => this.#queue.add('network'));
    await this.#queue.process(1, (_key, stop) => this.#reconcile(stop), signal);
  }

  async #reconcile(signal: AbortSignal): Promise<void> {
    const { nodes, config, context } = this.#options;
    await unlessAborted(nodes.synced, signal);
    const podCidr = nodes.get(objectKey(undefined, config.nodeName))?.spec?.podCIDR;
    if (!podCidr) {
      this.#setProblem('pod network: the node has no pod CIDR yet');
      return;
    }
    try {
      await this.#prepare();
      await applyRoutes(podRoutes(nodes.list(), config.nodeName));
      await this.#masquerade(nodeAddresses(nodes.list()));
      await this.#configureRuntime(podCidr);
      this.#setProblem(undefined);
    } catch (error) {
      context.log.warn('the pod network is not set up', { error: describeError(error) });
      this.#setProblem(`pod network: ${describeError(error)}`);
      throw error;
    }
  }

  /** What does not depend on the other nodes: once. */
  async #prepare(): Promise<void> {
    if (this.#prepared) return;
    await enableForwarding();
    const sandboxes = await this.#options.runtime.listPodSandboxes();
    await releaseLeftoverAddresses(new Set(sandboxes.map(({ id }) => id)));
    this.#prepared = true;
  }

  async #masquerade(nodes: readonly string[]): Promise<void> {
    const script = masqueradeScript(this.#options.config.podRange, nodes);
    if (script === this.#masqueraded) return;
    await runNft(script);
    this.#masqueraded = script;
  }

  async #configureRuntime(podCidr: string): Promise<void> {
    const text = conflist(podCidr);
    if ((await readFileIfPresent(CONFLIST_FILE)) === text) return;
    await writeFileAtomically(CONFLIST_FILE, text, 0o644);
    this.#options.context.log.info('the pod network is configured', { podCidr });
    this.#options.onConfigured();
  }

  #setProblem(problem: string | undefined): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.#options.onProblemChanged();
  }
}

async function enableForwarding(): Promise<void> {
  const file = '/proc/sys/net/ipv4/ip_forward';
  if ((await readFile(file, 'utf8')).trim() !== '1') await writeFile(file, '1');
}
