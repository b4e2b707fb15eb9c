import type { IEviction } from 'kubernetes-models/policy/v1/Eviction';
import type { KubeObject } from '#common/kube/object.ts';
import { pods, type Pod } from '#common/kube/resources.ts';
import { deleteObject } from '../../../handlers/delete.ts';
import { readDeleteOptions } from '../../../handlers/delete-options.ts';
import type { ActionSubresource } from '../../../kind.ts';

/** policy/v1 Eviction: a deletion that asks whether the pod can be spared, for draining nodes. */
export const podEviction: ActionSubresource<Pod> = {
  style: 'action',
  group: 'policy',
  version: 'v1',
  kind: 'Eviction',
  type: 'policy.v1.Eviction',
  async act(pod, body, { api, user, dryRun }) {
    const options = readDeleteOptions((body as IEviction).deleteOptions ?? {});
    const { namespace = '', name } = pod.metadata;
    const request = {
      user,
      kind: api.kinds.of(pods),
      namespace,
      name,
      subresource: '',
      dryRun: dryRun || (options.dryRun ?? []).length > 0,
      fieldManager: '',
      fieldValidation: 'Ignore',
      warn: () => undefined,
    } as const;
    await deleteObject(api, request, options);
    return { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Success', code: 201 } as KubeObject;
  },
};
