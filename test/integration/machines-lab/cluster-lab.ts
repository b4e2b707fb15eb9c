import { realClock } from '#common/base/clock.ts';
import type { KubeObject, Stored } from '#common/kube/object.ts';
import { pods, type Pod, type Resource } from '#common/kube/resources.ts';
import { installSteps } from '../../../main/install/install-steps.ts';
import type { NodeContext } from '../../../main/install/node-context.ts';
import { waitForObject } from '../../../main/install/wait-for-object.ts';
import { MachinesLab } from './lab.ts';
import { MasterLab } from './master-lab.ts';
import { builtAssets, installContext } from './node-lab.ts';

type Context = NodeContext & AsyncDisposable;

/** A whole cluster: a master in this process, and namespace machines that the installer made its nodes. */
export class ClusterLab implements AsyncDisposable {
  readonly machines: MachinesLab;
  readonly master: MasterLab;
  readonly #contexts: ReadonlyMap<string, Context>;

  private constructor(machines: MachinesLab, master: MasterLab, contexts: ReadonlyMap<string, Context>) {
    this.machines = machines;
    this.master = master;
    this.#contexts = contexts;
  }

  static async open(nodes: readonly string[]): Promise<ClusterLab> {
    const machines = await MachinesLab.open();
    const [assets, { hostAddress }] = await Promise.all([
      builtAssets(),
      machines.provider.prepare(machines.cluster, () => undefined, machines.signal),
    ]);
    const master = await MasterLab.open(hostAddress!);
    const contexts = new Map(
      await Promise.all(
        nodes.map(async (node) => {
          const machine = await machines.createAndStart(node);
          const context = installContext(machines, node, machine, assets, master);
          for (const step of installSteps) await step.run(context, () => undefined, machines.signal);
          return [node, context] as const;
        }),
      ),
    );
    return new ClusterLab(machines, master, contexts);
  }

  get client(): MasterLab['client'] {
    return this.master.client;
  }

  address(node: string): string {
    return this.#context(node).machine.ssh!.host;
  }

  /** Runs a command on a node and gives back what it printed. */
  async run(node: string, ...argv: readonly string[]): Promise<string> {
    const { signal } = this.machines;
    return (await (await this.#context(node).ssh(signal)).run(argv, { signal })).stdout;
  }

  /** Stops the machine of a node and starts it again, as its user may. */
  async restartMachine(node: string): Promise<void> {
    const { provider, cluster, signal } = this.machines;
    const name = this.machines.machineName(node);
    await provider.stop(cluster, name, signal);
    await provider.start(cluster, name, signal);
  }

  /** Waits until the object is as it should be, and gives it back; fails after `patienceMs`. */
  async eventually<T extends KubeObject>(
    resource: Resource<T>,
    ref: { readonly namespace?: string; readonly name: string },
    accept: (object: Stored<T> | undefined) => boolean,
    patienceMs = 30_000,
  ): Promise<Stored<T> | undefined> {
    let last: Stored<T> | undefined;
    const accepted = await waitForObject(this.client, resource, ref, {
      clock: realClock,
      patienceMs,
      signal: this.machines.signal,
      accept: (object) => accept((last = object)),
    });
    if (!accepted)
      throw new Error(`${resource.kind} ${ref.name} is not as expected: ${JSON.stringify(last, undefined, 1)}`);
    return last;
  }

  /** Creates a pod and waits until it is ready. */
  async runPod(pod: Pod): Promise<Stored<Pod>> {
    const { metadata } = await this.client.create(pods, pod);
    const ready = await this.eventually(pods, metadata, (found) => found !== undefined && isPodReady(found));
    return ready!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const context of this.#contexts.values()) await context[Symbol.asyncDispose]();
    await this.master[Symbol.asyncDispose]();
    await this.machines[Symbol.asyncDispose]();
  }

  #context(node: string): Context {
    const context = this.#contexts.get(node);
    if (!context) throw new Error(`There is no node ${node}`);
    return context;
  }
}

export function isPodReady(pod: Stored<Pod>): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}
