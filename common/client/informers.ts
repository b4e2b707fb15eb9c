import type { KubeObject } from '#common/kube/object.ts';
import type { Resource } from '#common/kube/resources.ts';
import type { Scope } from '#common/base/scope.ts';
import type { Client } from './client.ts';
import { Informer, type InformerContext } from './informer.ts';

/** One informer per resource, shared by all who ask for it (client-go's SharedInformerFactory). */
export class Informers {
  readonly #client: Client;
  readonly #context: InformerContext;
  readonly #scope: Scope;
  readonly #byResource = new Map<Resource, Informer<KubeObject>>();

  constructor(client: Client, context: InformerContext, scope: Scope) {
    this.#client = client;
    this.#context = context;
    this.#scope = scope;
  }

  /** The informer of a resource; the first to ask for it starts it, in the next turn. */
  for<T extends KubeObject>(resource: Resource<T>): Informer<T> {
    const found = this.#byResource.get(resource);
    if (found) return found as unknown as Informer<T>;
    const informer = new Informer<T>(this.#client, resource, {}, this.#context);
    this.#byResource.set(resource, informer as unknown as Informer<KubeObject>);
    // In the next turn, so that indices can be added before.
    this.#scope.run(`informer of ${resource.plural}`, async (signal) => {
      await Promise.resolve();
      await informer.run(signal);
    });
    return informer;
  }
}
