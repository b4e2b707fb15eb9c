import type { Clock } from '#common/base/clock.ts';
import type { Client, ObjectRef } from '#common/client/client.ts';
import type { KubeObject, Stored } from '#common/kube/object.ts';
import type { Resource } from '#common/kube/resources.ts';

export interface WaitOptions<T extends KubeObject> {
  readonly clock: Clock;
  readonly patienceMs: number;
  readonly signal: AbortSignal;
  /** Sees the object as it is and after each change; undefined while there is none. */
  readonly accept: (object: Stored<T> | undefined) => boolean;
}

/** Watches one object until it is accepted. False when that did not happen in time. */
export async function waitForObject<T extends KubeObject>(
  client: Client,
  resource: Resource<T>,
  { namespace, name }: ObjectRef,
  { clock, patienceMs, signal, accept }: WaitOptions<T>,
): Promise<boolean> {
  const selection = { ...(namespace === undefined ? {} : { namespace }), fieldSelector: `metadata.name=${name}` };
  const late = new AbortController();
  using _alarm = clock.after(patienceMs, () => late.abort(new DOMException('It took too long', 'TimeoutError')));
  const ended = AbortSignal.any([signal, late.signal]);
  try {
    // A server ends watches now and then: each time the object is looked at anew.
    for (;;) {
      const { items, resourceVersion } = await client.list(resource, selection, ended);
      if (accept(items[0])) return true;
      for await (const event of client.watch(resource, { ...selection, resourceVersion }, ended)) {
        if (event.type === 'BOOKMARK') continue;
        if (accept(event.type === 'DELETED' ? undefined : event.object)) return true;
      }
      ended.throwIfAborted();
    }
  } catch (error) {
    signal.throwIfAborted();
    if (late.signal.aborted) return false;
    throw error;
  }
}
