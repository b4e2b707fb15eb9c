import type { Stored } from '#common/kube/object.ts';
import { pods, type Node, type Pod } from '#common/kube/resources.ts';
import type { KubeObject } from '#common/kube/object.ts';
import { statusError } from '#common/kube/status-error.ts';
import type { Collection } from '../../../store/cache/collection.ts';
import { nodeOf } from '../../authorization/node/node-identity.ts';
import { NODE_LEASES } from '../../authorization/node/node.ts';
import { sameJson } from '../../handlers/write-object.ts';
import type { Draft } from '../../kind.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts';
import { refusal } from '../refusal.ts';
import { mirrorPodRefusal } from './mirror-pod.ts';
import { forbiddenLabels } from './node-labels.ts';

/** What the plugin looks at beside the written object. */
interface Objects {
  readonly pods: Collection;
  readonly nodes: Collection;
}

interface TokenRequest extends KubeObject {
  readonly spec?: {
    readonly boundObjectRef?: {
      readonly apiVersion?: string;
      readonly kind?: string;
      readonly name?: string;
      readonly uid?: string;
    };
  };
}

/**
 * Kubelets write their own Node, its Lease and status, and what happens to the pods that are bound to them
 * (plugin/pkg/admission/noderestriction). What they may ask for at all is the Node authorizer's.
 */
export function nodeRestriction(objects: Objects): AdmissionPlugin {
  const judge = (request: AdmissionRequest): void => {
    const node = nodeOf(request.user);
    if (node === undefined) return;
    const why =
      node === '' ? `could not determine node from user "${request.user.name}"` : problem(node, request, objects);
    if (why !== undefined) throw refusal(request, why);
  };
  return {
    name: 'NodeRestriction',
    // Before anything else about the object is judged; deletions are not changed, only judged.
    admit: judge,
    validate(request) {
      if (request.operation === 'DELETE') judge(request);
    },
  };
}

/** Why the node may not write this; nothing when it may. */
function problem(node: string, request: AdmissionRequest, objects: Objects): string | undefined {
  const { group, plural } = request.kind.resource;
  switch (group === '' ? plural : `${plural}.${group}`) {
    case 'pods':
      return podProblem(node, request, objects);
    case 'nodes':
      return nodeProblem(node, request);
    case 'serviceaccounts':
      return tokenProblem(node, request, objects);
    case 'leases.coordination.k8s.io':
      return leaseProblem(node, request);
    case 'csinodes.storage.k8s.io':
      return request.name === node ? undefined : 'can only access CSINode with the same name as the requesting node';
    default:
      return undefined;
  }
}

function podProblem(node: string, request: AdmissionRequest, objects: Objects): string | undefined {
  const { operation, subresource } = request;
  switch (subresource) {
    case '':
      if (operation === 'CREATE') {
        return mirrorPodRefusal(
          node,
          request.draft as Draft<Pod>,
          (name) => objects.nodes.get(name)?.value as Stored<Node> | undefined,
        );
      }
      if (operation === 'DELETE') {
        return (request.old as Stored<Pod>).spec?.nodeName === node
          ? undefined
          : `node "${node}" can only delete pods with spec.nodeName set to itself`;
      }
      return `unexpected operation "${operation}", node "${node}" can only create and delete mirror pods`;
    case 'status':
      return operation === 'UPDATE' ? podStatusProblem(node, request) : `unexpected operation "${operation}"`;
    case 'eviction':
      return podOf(request, request.name, objects).spec?.nodeName === node
        ? undefined
        : `node ${node} can only evict pods with spec.nodeName set to itself`;
    default:
      return `unexpected pod subresource "${subresource}", only 'status' and 'eviction' are allowed`;
  }
}

function podStatusProblem(node: string, { old, draft }: AdmissionRequest): string | undefined {
  const [before, after] = [old as Stored<Pod>, draft as Draft<Pod>];
  if (before.spec?.nodeName !== node) {
    return `node "${node}" can only update pod status for pods with spec.nodeName set to itself`;
  }
  if (!sameJson(before.metadata.labels ?? {}, after.metadata.labels ?? {})) {
    return `node "${node}" cannot update labels through pod status`;
  }
  if (!sameJson(before.status?.resourceClaimStatuses ?? [], after.status?.resourceClaimStatuses ?? [])) {
    return `node "${node}" cannot update resource claim statues`;
  }
  return undefined;
}

function nodeProblem(node: string, { operation, name, old, draft }: AdmissionRequest): string | undefined {
  if (name !== node) return `node "${node}" is not allowed to modify node "${name}"`;
  const before = old as Stored<Node> | undefined;
  const after = draft as Draft<Node> | undefined;
  const labels = forbiddenLabels(after?.metadata.labels, before?.metadata.labels).join(', ');
  if (operation === 'CREATE') {
    if (after?.spec?.configSource) {
      return `node "${node}" is not allowed to create pods with a non-nil configSource`;
    }
    return labels === '' ? undefined : `node "${node}" is not allowed to set the following labels: ${labels}`;
  }
  if (operation !== 'UPDATE') return undefined;
  if (after?.spec?.configSource && !sameJson(after.spec.configSource, before?.spec?.configSource)) {
    return `node "${node}" is not allowed to update configSource to a new non-nil configSource`;
  }
  if (!sameJson(after?.spec?.taints ?? [], before?.spec?.taints ?? [])) {
    return `node "${node}" is not allowed to modify taints`;
  }
  return labels === '' ? undefined : `is not allowed to modify labels: ${labels}`;
}

/** A node asks for tokens of the pods that it runs, and of nothing else. */
function tokenProblem(node: string, request: AdmissionRequest, objects: Objects): string | undefined {
  if (request.operation !== 'CREATE' || request.subresource !== 'token') return undefined;
  const { boundObjectRef: bound } = (request.draft as unknown as TokenRequest).spec ?? {};
  if (bound?.apiVersion !== 'v1' || bound.kind !== 'Pod' || !bound.name) {
    return 'node requested token not bound to a pod';
  }
  if (!bound.uid) return 'node requested token with a pod binding without a uid';
  const pod = podOf(request, bound.name, objects);
  if (bound.uid !== pod.metadata.uid) {
    return `the UID in the bound object reference (${bound.uid}) does not match the UID in record. The object might have been deleted and then recreated`;
  }
  return pod.spec?.nodeName === node ? undefined : 'node requested token bound to a pod scheduled on a different node';
}

function leaseProblem(node: string, { namespace, name }: AdmissionRequest): string | undefined {
  if (namespace !== NODE_LEASES) return `can only access leases in the "${NODE_LEASES}" system namespace`;
  return name === node ? undefined : 'can only access node lease with the same name as the requesting node';
}

function podOf({ namespace }: AdmissionRequest, name: string, objects: Objects): Stored<Pod> {
  const found = objects.pods.get(`${namespace}/${name}`)?.value as Stored<Pod> | undefined;
  if (!found) throw statusError.notFound(pods, name);
  return found;
}
