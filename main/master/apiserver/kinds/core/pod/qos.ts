import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import { compareQuantities, parseQuantity } from '#common/kube/quantity.ts';

/** How well a pod's resources are promised, from its requests and limits (pkg/apis/core/v1/helper/qos). */
export function qosClass(spec: IPodSpec): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  let anything = false;
  let guaranteed = true;
  for (const { resources = {} } of [...spec.containers, ...(spec.initContainers ?? [])]) {
    for (const name of ['cpu', 'memory']) {
      const limit = positive(resources.limits?.[name]);
      const request = positive(resources.requests?.[name]);
      if (limit || request) anything = true;
      if (!limit || (request && compareQuantities(limit, request) !== 0)) guaranteed = false;
    }
  }
  if (!anything) return 'BestEffort';
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

function positive(text: string | number | undefined): ReturnType<typeof parseQuantity> | undefined {
  if (text === undefined) return undefined;
  const quantity = parseQuantity(text);
  return quantity.nanos > 0n ? quantity : undefined;
}
