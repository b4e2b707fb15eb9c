import { mutableCopy } from '#common/base/freeze.ts';
import { ageText, humanDuration } from '#common/kube/duration.ts';
import { fieldError, type FieldError } from '#common/kube/field-error.ts';
import { dnsSubdomainProblems } from '#common/kube/names.ts';
import type { Stored } from '#common/kube/object.ts';
import { podSummary } from '#common/kube/pod/status-word.ts';
import { pods, type Pod } from '#common/kube/resources.ts';
import { sameJson } from '../../../handlers/write-object.ts';
import { AGE_COLUMN, NAME_COLUMN, type Draft, type Kind } from '../../../kind.ts';
import { setPodSpecDefaults } from '../pod-spec/defaults.ts';
import { validatePodSpec } from '../pod-spec/validate.ts';
import { podBinding } from './binding.ts';
import { ephemeralContainers } from './ephemeral-containers.ts';
import { podEviction } from './eviction.ts';
import { qosClass } from './qos.ts';

/** A group of containers that share a network and volumes: the unit of scheduling. */
export const podKind: Kind<Pod> = {
  resource: pods,
  type: 'core.v1.Pod',
  singular: 'pod',
  shortNames: ['po'],
  categories: ['all'],
  nameProblems: dnsSubdomainProblems,
  countsGeneration: true,
  unconditionalUpdate: true,
  setDefaults(draft) {
    if (!draft.spec) return;
    setPodSpecDefaults(draft.spec);
    draft.spec.enableServiceLinks ??= true;
  },
  prepareForCreate(draft) {
    draft.metadata.generation = 1;
    draft.status = { phase: 'Pending', ...(draft.spec ? { qosClass: qosClass(draft.spec) } : {}) };
  },
  prepareForUpdate(draft, old) {
    draft.status = mutableCopy<NonNullable<Pod['status']>>(old.status ?? {});
  },
  validate: (draft) => (draft.spec ? validatePodSpec(draft.spec, 'spec') : [fieldError.required('spec')]),
  validateUpdate: (draft, old) => specChangeErrors(draft, old),
  gracePeriodSeconds(pod, asked) {
    const phase = pod.status?.phase;
    // Nobody has to be waited for where no kubelet ran it, or nothing runs any more.
    if (!pod.spec?.nodeName || phase === 'Succeeded' || phase === 'Failed') return 0;
    return asked ?? pod.spec.terminationGracePeriodSeconds ?? 30;
  },
  selectableFields: {
    'spec.nodeName': (pod) => pod.spec?.nodeName ?? '',
    'spec.restartPolicy': (pod) => pod.spec?.restartPolicy ?? '',
    'spec.schedulerName': (pod) => pod.spec?.schedulerName ?? '',
    'spec.serviceAccountName': (pod) => pod.spec?.serviceAccountName ?? '',
    'spec.hostNetwork': (pod) => String(pod.spec?.hostNetwork ?? false),
    'status.phase': (pod) => pod.status?.phase ?? '',
    'status.podIP': (pod) => pod.status?.podIP ?? '',
    'status.nominatedNodeName': (pod) => pod.status?.nominatedNodeName ?? '',
  },
  columns: [
    NAME_COLUMN,
    { name: 'Ready', type: 'string', description: 'The aggregate readiness state of this pod for accepting traffic.' },
    { name: 'Status', type: 'string', description: 'The aggregate status of the containers in this pod.' },
    {
      name: 'Restarts',
      type: 'string',
      description:
        'The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.',
    },
    AGE_COLUMN,
    { name: 'IP', type: 'string', priority: 1, description: 'podIP address allocated to the pod.' },
    {
      name: 'Node',
      type: 'string',
      priority: 1,
      description: 'NodeName indicates in which node this pod is scheduled.',
    },
    {
      name: 'Nominated Node',
      type: 'string',
      priority: 1,
      description: 'nominatedNodeName is set only when this pod preempts other pods on the node.',
    },
    {
      name: 'Readiness Gates',
      type: 'string',
      priority: 1,
      description: 'If specified, all readiness gates will be evaluated for pod readiness.',
    },
  ],
  cells(pod, now) {
    const { ready, total, status, restarts, lastRestart } = podSummary(pod);
    const gates = pod.spec?.readinessGates ?? [];
    const passed = gates.filter(({ conditionType }) =>
      pod.status?.conditions?.some((condition) => condition.type === conditionType && condition.status === 'True'),
    );
    return [
      pod.metadata.name,
      `${ready}/${total}`,
      status,
      restarts > 0 && lastRestart
        ? `${restarts} (${humanDuration(now - Date.parse(lastRestart))} ago)`
        : String(restarts),
      ageText(pod.metadata.creationTimestamp, now),
      pod.status?.podIP ?? '<none>',
      pod.spec?.nodeName ?? '<none>',
      pod.status?.nominatedNodeName ?? '<none>',
      gates.length === 0 ? '<none>' : `${passed.length}/${gates.length}`,
    ];
  },
  subresources: {
    status: {
      style: 'part',
      readable: true,
      take(draft, incoming) {
        const { qosClass: qos } = draft.status ?? {};
        draft.status = { ...incoming.status, ...(qos ? { qosClass: qos } : {}) };
      },
    },
    binding: podBinding,
    eviction: podEviction,
    ephemeralcontainers: ephemeralContainers,
    log: { style: 'connect', verbs: ['get'] },
  },
};

/** Of a running pod's spec only a few fields may change (pkg/apis/core/validation, ValidatePodUpdate). */
function specChangeErrors(draft: Draft<Pod>, old: Stored<Pod>): FieldError[] {
  const after = draft.spec;
  // That it is missing was said already.
  if (!after) return [];
  const before = mutableCopy<NonNullable<Pod['spec']>>(old.spec!);
  const errors: FieldError[] = [];
  for (const field of ['containers', 'initContainers'] as const) {
    const [olds, news] = [before[field] ?? [], after[field] ?? []];
    if (olds.length !== news.length) {
      errors.push(fieldError.forbidden(`spec.${field}`, 'pod updates may not add or remove containers'));
      return errors;
    }
    for (const [index, container] of olds.entries()) {
      const image = news[index]!.image;
      if (image !== undefined) container.image = image;
    }
  }
  if (after.activeDeadlineSeconds !== undefined) before.activeDeadlineSeconds = after.activeDeadlineSeconds;
  if (keepsAll(before.tolerations ?? [], after.tolerations ?? [])) {
    if (after.tolerations) before.tolerations = after.tolerations;
  }
  if (before.terminationGracePeriodSeconds !== undefined && before.terminationGracePeriodSeconds < 0) {
    before.terminationGracePeriodSeconds = after.terminationGracePeriodSeconds ?? 30;
  }
  if (!sameJson(before, after)) {
    errors.push(
      fieldError.forbidden(
        'spec',
        'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
      ),
    );
  }
  return errors;
}

function keepsAll(before: readonly unknown[], after: readonly unknown[]): boolean {
  return before.every((toleration) => after.some((other) => sameJson(toleration, other)));
}
