import { describeError } from '#common/base/log.ts';
import { Scope } from '#common/base/scope.ts';
import type { Client } from '#common/client/client.ts';
import { Informer } from '#common/client/informer.ts';
import { objectKey, splitKey, type KubeObject, type ObjectKey, type Stored } from '#common/kube/object.ts';
import type { Resource } from '#common/kube/resources.ts';
import type { AgentContext } from '../../base/context.ts';

interface Tracked<T extends KubeObject> {
  readonly informer: Informer<T>;
  readonly scope: Scope;
  readonly owners: Set<string>;
}

/**
 * Single objects that pods refer to, each watched on its own and only while a pod needs it: a node may read
 * the ConfigMaps and Secrets of its own pods, not all of them.
 */
export class ObjectTracker<T extends KubeObject> implements AsyncDisposable {
  readonly #client: Client;
  readonly #resource: Resource<T>;
  readonly #context: AgentContext;
  readonly #onChange: (owner: string) => void;
  readonly #tracked = new Map<ObjectKey, Tracked<T>>();
  readonly #byOwner = new Map<string, ReadonlySet<ObjectKey>>();

  /** `onChange` is told which owners refer to an object that appeared, changed or vanished. */
  constructor(client: Client, resource: Resource<T>, context: AgentContext, onChange: (owner: string) => void) {
    this.#client = client;
    this.#resource = resource;
    this.#context = context;
    this.#onChange = onChange;
  }

  /** From now on exactly these objects are kept for the owner; none ends it. */
  async track(owner: string, namespace: string, names: readonly string[]): Promise<void> {
    const wanted = new Set(names.filter((name) => name !== '').map((name) => objectKey(namespace, name)));
    const held = this.#byOwner.get(owner) ?? new Set<ObjectKey>();
    if (wanted.size === 0) this.#byOwner.delete(owner);
    else this.#byOwner.set(owner, wanted);
    for (const key of wanted) this.#add(key, owner);
    await Promise.all([...held].filter((key) => !wanted.has(key)).map((key) => this.#drop(key, owner)));
  }

  /** Resolves when it is known of each of the owner's objects whether it exists. */
  async synced(owner: string): Promise<void> {
    const keys = [...(this.#byOwner.get(owner) ?? [])];
    await Promise.all(keys.map(async (key) => this.#tracked.get(key)?.informer.synced));
  }

  get(namespace: string, name: string): Stored<T> | undefined {
    const key = objectKey(namespace, name);
    return this.#tracked.get(key)?.informer.get(key);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#tracked.values()].map(({ scope }) => scope.close()));
    this.#tracked.clear();
  }

  #add(key: ObjectKey, owner: string): void {
    const existing = this.#tracked.get(key);
    if (existing) {
      existing.owners.add(owner);
      return;
    }
    const { namespace, name } = splitKey(key);
    const informer = new Informer(
      this.#client,
      this.#resource,
      { ...(namespace === undefined ? {} : { namespace }), fieldSelector: `metadata.name=${name}` },
      this.#context,
    );
    const scope = new Scope((error, task) => this.#context.log.error(task, { error: describeError(error) }));
    const owners = new Set([owner]);
    scope.hold(informer.subscribe(() => owners.forEach((one) => this.#onChange(one))));
    scope.run(`informer of ${key}`, (signal) => informer.run(signal));
    this.#tracked.set(key, { informer, scope, owners });
  }

  async #drop(key: ObjectKey, owner: string): Promise<void> {
    const tracked = this.#tracked.get(key);
    tracked?.owners.delete(owner);
    if (tracked?.owners.size !== 0) return;
    this.#tracked.delete(key);
    await tracked.scope.close();
  }
}
