import type { User } from '../../authentication/user.ts';
import {
  ALLOWED,
  NO_OPINION,
  type Attributes,
  type Authorizer,
  type Decision,
  type ResourceAttributes,
  type RulesOfUser,
} from '../authorizer.ts';
import { ruleAllows, type PolicyRule } from '../rbac/rules.ts';
import { requiredField } from '../selected-name.ts';
import { nodeOf } from './node-identity.ts';
import type { ReferredKind } from './pod-references.ts';
import type { ReferenceGraph } from './reference-graph.ts';

/** The one namespace of leases that nodes have. */
export const NODE_LEASES = 'kube-node-lease';
const LEASE_VERBS = ['get', 'create', 'update', 'patch', 'delete'];

/**
 * What kubelets may do: with their own Node and Lease, with the pods that are bound to them, and with what
 * those refer to (plugin/pkg/auth/authorizer/node). The admission plugin NodeRestriction judges the contents.
 */
export class NodeAuthorizer implements Authorizer {
  readonly #graph: ReferenceGraph;
  readonly #rules: readonly PolicyRule[];

  /** `rules` holds for all that is the same for all nodes. */
  constructor(graph: ReferenceGraph, rules: readonly PolicyRule[]) {
    this.#graph = graph;
    this.#rules = rules;
  }

  decide(attributes: Attributes): Decision {
    const node = nodeOf(attributes.user);
    if (node === undefined) return NO_OPINION;
    if (node === '') return no(`unknown node for user "${attributes.user.name}"`);
    if ('resource' in attributes) {
      const decision = this.#ofOneNode(node, attributes);
      if (decision) return decision;
    }
    return this.#rules.some((rule) => ruleAllows(rule, attributes)) ? ALLOWED : NO_OPINION;
  }

  rulesFor(user: User): RulesOfUser {
    const errors = nodeOf(user) === undefined ? [] : ['node authorizer does not support user rule resolution'];
    return { rules: [], errors };
  }

  /** Nothing for resources of which all nodes may do the same. */
  #ofOneNode(node: string, attributes: ResourceAttributes): Decision | undefined {
    const { group, resource } = attributes;
    switch (group === '' ? resource : `${resource}.${group}`) {
      case 'secrets':
        return this.#read(node, 'secret', attributes);
      case 'configmaps':
        return this.#read(node, 'configmap', attributes);
      case 'persistentvolumeclaims':
        return this.#claim(node, attributes);
      case 'persistentvolumes':
        // A volume belongs to a node by its claim, which only a served PersistentVolume could tell.
        return no(unrelated(node));
      case 'serviceaccounts':
        return this.#token(node, attributes);
      case 'leases.coordination.k8s.io':
        return leaseDecision(node, attributes);
      case 'csinodes.storage.k8s.io':
        return csiNodeDecision(node, attributes);
      case 'nodes':
        return nodeDecision(node, attributes);
      case 'pods':
        return this.#pod(node, attributes);
      default:
        return undefined;
    }
  }

  #read(node: string, kind: ReferredKind, attributes: ResourceAttributes): Decision {
    const { verb, subresource, namespace } = attributes;
    if (!['get', 'list', 'watch'].includes(verb)) return no('can only read resources of this type');
    if (subresource !== '') return no('cannot read subresource');
    if (namespace === '') return no('can only read namespaced object of this type');
    return this.#related(node, kind, attributes);
  }

  #claim(node: string, attributes: ResourceAttributes): Decision {
    const { verb, subresource } = attributes;
    if (subresource === 'status') {
      if (verb !== 'update' && verb !== 'patch') return no('can only get/update/patch this type');
    } else if (verb !== 'get') return no('can only get individual resources of this type');
    else if (subresource !== '') return no('cannot get subresource');
    return this.#related(node, 'persistentvolumeclaim', attributes);
  }

  #token(node: string, attributes: ResourceAttributes): Decision {
    const { verb, name, subresource } = attributes;
    if (verb !== 'create' || name === '') return no('can only create tokens for individual service accounts');
    if (subresource !== 'token') return no('can only create token subresource of serviceaccount');
    return this.#related(node, 'serviceaccount', attributes);
  }

  #related(node: string, kind: ReferredKind, { namespace, name }: ResourceAttributes): Decision {
    if (name === '') return no('No Object name found');
    return this.#graph.needs(node, kind, namespace, name) ? ALLOWED : no(unrelated(node));
  }

  #pod(node: string, attributes: ResourceAttributes): Decision {
    const { verb, subresource, namespace, name, fieldSelector } = attributes;
    const runsHere = (): Decision => (this.#graph.runs(node, namespace, name) ? ALLOWED : no(unrelated(node)));
    switch (subresource) {
      case '':
        if (verb === 'create' || verb === 'delete') return ALLOWED;
        if (verb === 'get') return runsHere();
        if (verb !== 'list' && verb !== 'watch') return NO_OPINION;
        if (requiredField(fieldSelector, 'spec.nodeName') === node) return ALLOWED;
        return name === '' ? no('can only list/watch pods with spec.nodeName field selector') : runsHere();
      case 'status':
        return verb === 'update' || verb === 'patch' ? ALLOWED : NO_OPINION;
      case 'eviction':
        return verb === 'create' ? ALLOWED : NO_OPINION;
      default:
        return NO_OPINION;
    }
  }
}

function nodeDecision(node: string, { verb, subresource, name }: ResourceAttributes): Decision {
  const writes = ['create', 'update', 'patch'].includes(verb);
  if (subresource === 'status') return writes && verb !== 'create' ? ALLOWED : NO_OPINION;
  if (subresource !== '') return NO_OPINION;
  if (writes) return ALLOWED;
  if (!['get', 'list', 'watch'].includes(verb)) return NO_OPINION;
  if (name === node) return ALLOWED;
  return no(
    name === ''
      ? `node '${node}' cannot read all nodes, only its own Node object`
      : `node '${node}' cannot read '${name}', only its own Node object`,
  );
}

function leaseDecision(node: string, { verb, namespace, name }: ResourceAttributes): Decision {
  if (!LEASE_VERBS.includes(verb)) return no('can only get, create, update, patch, or delete a node lease');
  if (namespace !== NODE_LEASES) return no(`can only access leases in the "${NODE_LEASES}" system namespace`);
  // The name of what is created is known to admission only.
  if (verb === 'create' || name === node) return ALLOWED;
  return no('can only access node lease with the same name as the requesting node');
}

function csiNodeDecision(node: string, { verb, subresource, name }: ResourceAttributes): Decision {
  if (!LEASE_VERBS.includes(verb)) return no('can only get, create, update, patch, or delete a CSINode');
  if (subresource !== '') return no('cannot authorize CSINode subresources');
  if (verb === 'create' || name === node) return ALLOWED;
  return no('can only access CSINode with the same name as the requesting node');
}

function unrelated(node: string): string {
  return `no relationship found between node '${node}' and this object`;
}

function no(reason: string): Decision {
  return { allowed: false, reason };
}
