import { MASTERS } from '../authentication/user.ts';
import type { Attributes, Authorizer } from './authorizer.ts';

/** rbac/v1 PolicyRule: what may be done. A star stands for everything. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

/** A role, bound to users and groups. Without a namespace it holds everywhere. */
export interface Grant {
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly namespace?: string;
  readonly rules: readonly PolicyRule[];
}

/** Role-based access control over the grants that are in force (KEP-2907, rbac.authorization.k8s.io/v1). */
export class RbacAuthorizer implements Authorizer {
  readonly #grants: () => Iterable<Grant>;

  /** `grants` is asked at each decision, so that changes hold at once. */
  constructor(grants: () => Iterable<Grant>) {
    this.#grants = grants;
  }

  allows(attributes: Attributes): boolean {
    const { user } = attributes;
    if (user.groups.includes(MASTERS)) return true;
    for (const grant of this.#grants()) {
      if (!grant.users.includes(user.name) && !grant.groups.some((group) => user.groups.includes(group))) continue;
      if (grant.namespace !== undefined && (!('resource' in attributes) || attributes.namespace !== grant.namespace)) {
        continue;
      }
      if (grant.rules.some((rule) => ruleAllows(rule, attributes))) return true;
    }
    return false;
  }
}

export function ruleAllows(rule: PolicyRule, attributes: Attributes): boolean {
  if (!includes(rule.verbs, attributes.verb)) return false;
  if ('path' in attributes) return (rule.nonResourceURLs ?? []).some((url) => urlMatches(url, attributes.path));
  const { group, resource, subresource, name } = attributes;
  return (
    includes(rule.apiGroups ?? [], group) &&
    (rule.resources ?? []).some((wanted) => resourceMatches(wanted, resource, subresource)) &&
    (rule.resourceNames === undefined || rule.resourceNames.length === 0 || rule.resourceNames.includes(name))
  );
}

function resourceMatches(wanted: string, resource: string, subresource: string): boolean {
  if (wanted === '*') return true;
  if (subresource === '') return wanted === resource;
  return wanted === `${resource}/${subresource}` || wanted === `*/${subresource}`;
}

function urlMatches(pattern: string, path: string): boolean {
  return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : pattern === path;
}

function includes(list: readonly string[], value: string): boolean {
  return list.includes('*') || list.includes(value);
}
