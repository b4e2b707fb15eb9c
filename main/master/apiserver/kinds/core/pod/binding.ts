import { fieldError, type FieldError } from '#common/kube/field-error.ts';
import { keyOf, splitKey, type KubeObject, type ObjectMeta, type Stored } from '#common/kube/object.ts';
import { pods, type Pod } from '#common/kube/resources.ts';
import { statusError } from '#common/kube/status-error.ts';
import { timeText } from '#common/kube/time.ts';
import { checkResourceVersion, checkUid } from '../../../handlers/preconditions.ts';
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
    const binding = body as Binding;
    const { kind = '', name = '' } = binding.target ?? {};
    const errors: FieldError[] = [];
    if (kind !== '' && kind !== 'Node') {
      errors.push(fieldError.notSupported('target.kind', kind, ['Node', '<empty>']));
    }
    if (name === '') errors.push(fieldError.required('target.name'));
    if (errors.length > 0) throw statusError.invalid({ group: '', kind: 'Binding' }, pod.metadata.name, errors);
    await bind(pod, binding, name, context);
    return { apiVersion: 'v1', kind: 'Status', status: 'Success', code: 201, metadata: {} } as KubeObject;
  },
};

async function bind(
  pod: Stored<Pod>,
  { metadata = {} }: Binding,
  node: string,
  { api, user, dryRun }: WriteContext,
): Promise<void> {
  const kind = api.kinds.of(pods);
  const collection = collectionOf(api, kind);
  const { namespace = '' } = pod.metadata;
  const request = { user, kind, namespace, name: pod.metadata.name, subresource: 'binding' };
  const name = keyOf(pod);
  for (let current = pod, revision = Number(pod.metadata.resourceVersion); ;) {
    checkUid(request, metadata, current);
    checkResourceVersion(request, metadata, current);
    const conflict = (why: string): Error => statusError.conflict(podBindingResource, pod.metadata.name, why);
    if (current.metadata.deletionTimestamp !== undefined) {
      throw conflict(`pod ${splitKey(name).name} is being deleted, cannot be assigned to a host`);
    }
    if (current.spec?.nodeName) {
      throw conflict(`pod ${splitKey(name).name} is already assigned to node "${current.spec.nodeName}"`);
    }
    if (current.spec?.schedulingGates?.length) {
      throw conflict(`pod ${splitKey(name).name} has non-empty .spec.schedulingGates`);
    }
    if (dryRun) return;
    const result = await collection.write(
      name,
      storedJson(assigned(current, node, metadata.annotations, api.clock.now())),
      {
        expect: revision,
      },
    );
    if (result.written) return;
    if (!result.current) throw statusError.notFound({ group: '', plural: 'pods' }, pod.metadata.name);
    current = result.current.value as Stored<Pod>;
    revision = result.current.revision;
  }
}

const podBindingResource = { group: '', plural: 'pods/binding' };

function assigned(pod: Stored<Pod>, node: string, annotations: ObjectMeta['annotations'], now: number): Draft {
  const draft = structuredClone(pod) as unknown as Draft<Pod>;
  draft.spec!.nodeName = node;
  if (annotations) draft.metadata.annotations = { ...draft.metadata.annotations, ...annotations };
  const others = (draft.status?.conditions ?? []).filter((condition) => condition.type !== 'PodScheduled');
  draft.status = {
    ...draft.status,
    conditions: [...others, { type: 'PodScheduled', status: 'True', lastTransitionTime: timeText(now) }],
  };
  return draft;
}
