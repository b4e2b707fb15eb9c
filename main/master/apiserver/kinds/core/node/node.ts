import { mutableCopy } from '#common/base/freeze.ts';
import { ageText } from '#common/kube/duration.ts';
import { fieldError, type FieldError } from '#common/kube/field-error.ts';
import { dnsSubdomainProblems } from '#common/kube/names.ts';
import { nodeStatusText } from '#common/kube/node-status.ts';
import type { Stored } from '#common/kube/object.ts';
import { nodes, type Node } from '#common/kube/resources.ts';
import { AGE_COLUMN, NAME_COLUMN, type Kind } from '../../../kind.ts';

const ROLE_PREFIX = 'node-role.kubernetes.io/';
const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** A machine that runs pods. */
export const nodeKind: Kind<Node> = {
  resource: nodes,
  type: 'core.v1.Node',
  singular: 'node',
  shortNames: ['no'],
  nameProblems: dnsSubdomainProblems,
  unconditionalUpdate: true,
  setDefaults(draft) {
    draft.spec ??= {};
    draft.status ??= {};
    // What is not reserved may be used.
    if (draft.status.capacity && !draft.status.allocatable) draft.status.allocatable = { ...draft.status.capacity };
  },
  prepareForUpdate(draft, old) {
    draft.status = mutableCopy<NonNullable<Node['status']>>(old.status ?? {});
  },
  validate(draft) {
    const errors: FieldError[] = [];
    const seen = new Set<string>();
    for (const [index, taint] of (draft.spec?.taints ?? []).entries()) {
      const path = `spec.taints[${index}]`;
      if (taint.key === '') errors.push(fieldError.required(`${path}.key`));
      if (!EFFECTS.includes(taint.effect)) {
        errors.push(fieldError.notSupported(`${path}.effect`, taint.effect, EFFECTS));
      }
      const identity = `${taint.key}:${taint.effect}`;
      if (seen.has(identity)) errors.push(fieldError.duplicate(path, taint));
      seen.add(identity);
    }
    return errors;
  },
  validateUpdate(draft, old) {
    const errors: FieldError[] = [];
    const { podCIDR, providerID } = old.spec ?? {};
    if (podCIDR && draft.spec?.podCIDR !== podCIDR) {
      errors.push(fieldError.forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
    }
    if (providerID && draft.spec?.providerID !== providerID) {
      errors.push(
        fieldError.forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'),
      );
    }
    return errors;
  },
  selectableFields: { 'spec.unschedulable': (node) => String(node.spec?.unschedulable ?? false) },
  columns: [
    NAME_COLUMN,
    { name: 'Status', type: 'string', description: 'The status of the node' },
    { name: 'Roles', type: 'string', description: 'The roles of the node' },
    AGE_COLUMN,
    { name: 'Version', type: 'string', description: 'Kubelet Version reported by the node.' },
    { name: 'Internal-IP', type: 'string', priority: 1, description: 'List of addresses reachable to the node.' },
    { name: 'External-IP', type: 'string', priority: 1, description: 'List of addresses reachable to the node.' },
    { name: 'OS-Image', type: 'string', priority: 1, description: 'OS Image reported by the node.' },
    { name: 'Kernel-Version', type: 'string', priority: 1, description: 'Kernel Version reported by the node.' },
    {
      name: 'Container-Runtime',
      type: 'string',
      priority: 1,
      description: 'ContainerRuntime Version reported by the node.',
    },
  ],
  cells: (node, now) => [
    node.metadata.name,
    nodeStatusText(node),
    rolesOf(node),
    ageText(node.metadata.creationTimestamp, now),
    node.status?.nodeInfo?.kubeletVersion ?? '',
    addressOf(node, 'InternalIP'),
    addressOf(node, 'ExternalIP'),
    node.status?.nodeInfo?.osImage ?? '<unknown>',
    node.status?.nodeInfo?.kernelVersion ?? '<unknown>',
    node.status?.nodeInfo?.containerRuntimeVersion ?? '<unknown>',
  ],
  subresources: {
    status: {
      style: 'part',
      readable: true,
      take(draft, incoming) {
        draft.status = incoming.status ?? {};
        // The kubelet may also say something in labels and annotations together with its status.
        if (incoming.metadata.labels) draft.metadata.labels = incoming.metadata.labels;
        if (incoming.metadata.annotations) draft.metadata.annotations = incoming.metadata.annotations;
      },
    },
  },
};

function rolesOf(node: Stored<Node>): string {
  const labels = node.metadata.labels ?? {};
  const roles = Object.keys(labels)
    .filter((key) => key.startsWith(ROLE_PREFIX) && key.length > ROLE_PREFIX.length)
    .map((key) => key.slice(ROLE_PREFIX.length));
  const named = labels['kubernetes.io/role'];
  if (named) roles.push(named);
  return roles.length === 0 ? '<none>' : [...new Set(roles)].sort().join(',');
}

function addressOf(node: Stored<Node>, type: string): string {
  return node.status?.addresses?.find((address) => address.type === type)?.address ?? '<none>';
}
