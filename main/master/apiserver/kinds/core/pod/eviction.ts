import type { IEviction } from 'kubernetes-models/policy/v1/Eviction';
import type { KubeObject } from '#common/kube/object.ts';
import { pods, type Pod } from '#common/kube/resources.ts';
import { statusError } from '#common/kube/status-error.ts';
import { deleteObject, deleteOptionsSchema } from '../../../handlers/delete.ts';
import type { ActionSubresource } from '../../../kind.ts';

/** policy/v1 Eviction: a deletion that asks whether the pod can be spared, for draining nodes. */
export const podEviction: ActionSubresource<Pod> = {
  style: 'action',
  group: 'policy',
  version: 'v1',
  kind: 'Eviction',
  type: 'policy.v1.Eviction',
  async act(pod, body, { api, user, dryRun }) {
    const parsed = deleteOptionsSchema.safeParse((body as IEviction).deleteOptions ?? {});
    if (!parsed.success) throw statusError.badRequest('the deleteOptions of the eviction are not valid');
    const stages = parsed.data.dryRun ?? [];
    if (stages.some((stage) => stage !== 'All')) {
      throw statusError.badRequest('the eviction can only be tried as a whole: dryRun must be All');
    }
    const { namespace = '', name } = pod.metadata;
    const request = {
      user,
      kind: api.kinds.of(pods),
      namespace,
      name,
      subresource: '',
      dryRun: dryRun || stages.length > 0,
      fieldManager: '',
      fieldValidation: 'Ignore',
      warn: () => undefined,
    } as const;
    await deleteObject(api, request, parsed.data);
    return { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Success', code: 201 } as KubeObject;
  },
};
