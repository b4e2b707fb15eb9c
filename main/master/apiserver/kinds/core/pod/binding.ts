import { keyOf, splitKey, type KubeObject, type Stored } from '#common/kube/object.ts';
import { pods, type Pod } from '#common/kube/resources.ts';
import { statusError } from '#common/kube/status-error.ts';
import { timeText } from '#common/kube/time.ts';
import { collectionOf } from '../../../handlers/request.ts';
import { storedJson } from '../../../handlers/write-object.ts';
import type { ActionSubresource, Draft, WriteContext } from '../../../kind.ts';

interface Binding extends KubeObject {
  target?: { kind?: string; name?: string };
}

/** How a scheduler gives a pod its node: once, and only while it has none. */
export const podBinding: ActionSubresource<Pod> = {
  style: 'action',
  group: '',
  version: 'v1',
  kind: 'Binding',
  type: 'core.v1.Binding',
  async act(pod, body, context) {
    const { target } = body as Binding;
    const node = target?.name ?? '';
    if (node === '') {
      throw statusError.invalid({ group: '', kind: 'Binding' }, pod.metadata.name, [
        { type: 'FieldValueRequired', field: 'target.name' },
      ]);
    }
    await bind(pod, node, context);
    return { apiVersion: 'v1', kind: 'Status', status: 'Success', code: 201, metadata: {} } as KubeObject;
  },
};

async function bind(pod: Stored<Pod>, node: string, { api, dryRun }: WriteContext): Promise<void> {
  const collection = collectionOf(api, api.kinds.of(pods));
  const name = keyOf(pod);
  for (let current = pod, revision = Number(pod.metadata.resourceVersion); ;) {
    const conflict = (why: string): Error => statusError.conflict(podBindingResource, pod.metadata.name, why);
    if (current.metadata.deletionTimestamp !== undefined) {
      throw conflict(`pod ${splitKey(name).name} is being deleted, cannot be assigned to a host`);
    }
    if (current.spec?.nodeName) {
      throw conflict(`pod ${splitKey(name).name} is already assigned to node "${current.spec.nodeName}"`);
    }
    if (dryRun) return;
    const result = await collection.write(name, storedJson(assigned(current, node, api.clock.now())), {
      expect: revision,
    });
    if (result.written) return;
    if (!result.current) throw statusError.notFound({ group: '', plural: 'pods' }, pod.metadata.name);
    current = result.current.value as Stored<Pod>;
    revision = result.current.revision;
  }
}

const podBindingResource = { group: '', plural: 'pods/binding' };

function assigned(pod: Stored<Pod>, node: string, now: number): Draft {
  const draft = structuredClone(pod) as unknown as Draft<Pod>;
  draft.spec!.nodeName = node;
  const others = (draft.status?.conditions ?? []).filter((condition) => condition.type !== 'PodScheduled');
  draft.status = {
    ...draft.status,
    conditions: [...others, { type: 'PodScheduled', status: 'True', lastTransitionTime: timeText(now) }],
  };
  return draft;
}
