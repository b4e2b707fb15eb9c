import { fieldError, type FieldError } from '#common/kube/field-error.ts';
import type { PolicyRule } from '../../authorization/rbac/rules.ts';

/** What is wrong with the rules of a role (pkg/apis/rbac/validation). */
export function ruleErrors(rules: readonly PolicyRule[], namespaced: boolean): FieldError[] {
  return rules.flatMap((rule, index) => errorsOfRule(rule, namespaced, `rules[${index}]`));
}

function errorsOfRule(rule: PolicyRule, namespaced: boolean, path: string): FieldError[] {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const errors: FieldError[] = [];
  if (verbs.length === 0) {
    errors.push(fieldError.required(`${path}.verbs`, 'verbs must contain at least one value'));
  }
  if (nonResourceURLs.length > 0) {
    const invalid = (why: string): FieldError => fieldError.invalid(`${path}.nonResourceURLs`, nonResourceURLs, why);
    if (namespaced) errors.push(invalid('namespaced rules cannot apply to non-resource URLs'));
    if (apiGroups.length + resources.length + resourceNames.length > 0) {
      errors.push(invalid('rules cannot apply to both regular resources and non-resource URLs'));
    }
    return errors;
  }
  if (apiGroups.length === 0) {
    errors.push(fieldError.required(`${path}.apiGroups`, 'resource rules must supply at least one api group'));
  }
  if (resources.length === 0) {
    errors.push(fieldError.required(`${path}.resources`, 'resource rules must supply at least one resource'));
  }
  return errors;
}
