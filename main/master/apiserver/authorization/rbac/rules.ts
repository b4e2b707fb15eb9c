import type { IPolicyRule } from 'kubernetes-models/rbac.authorization.k8s.io/v1/PolicyRule';
import type { DeepReadonly } from '#common/base/freeze.ts';
import type { Attributes } from '../authorizer.ts';

/** rbac/v1 PolicyRule: what may be done. A star stands for everything. */
export type PolicyRule = DeepReadonly<IPolicyRule>;

export function ruleAllows(rule: PolicyRule, attributes: Attributes): boolean {
  if (!includes(rule.verbs, attributes.verb)) return false;
  if ('path' in attributes) return (rule.nonResourceURLs ?? []).some((url) => urlCovers(url, attributes.path));
  const { group, resource, subresource, name } = attributes;
  return (
    includes(rule.apiGroups ?? [], group) &&
    (rule.resources ?? []).some((wanted) => resourceMatches(wanted, resource, subresource)) &&
    (rule.resourceNames === undefined || rule.resourceNames.length === 0 || rule.resourceNames.includes(name))
  );
}

/** `/healthz/*` covers everything below /healthz/. */
export function urlCovers(pattern: string, path: string): boolean {
  return pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.replace(/\*+$/, '')));
}

function resourceMatches(wanted: string, resource: string, subresource: string): boolean {
  if (wanted === '*') return true;
  if (subresource === '') return wanted === resource;
  return wanted === `${resource}/${subresource}` || wanted === `*/${subresource}`;
}

function includes(list: readonly string[], value: string): boolean {
  return list.includes('*') || list.includes(value);
}
