import { urlCovers, type PolicyRule } from './rules.ts';

/**
 * The parts of `wanted` that none of the `owned` rules covers, each with one verb on one thing
 * (component-helpers auth/rbac/validation). Taken apart so far, a part is covered by a single rule or not at all.
 */
export function uncovered(owned: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(parts).filter((part) => !owned.some((rule) => covers(rule, part)));
}

/** Parts that differ by their verb only, put together again: for people to read. */
export function compact(rules: readonly PolicyRule[]): PolicyRule[] {
  const others: PolicyRule[] = [];
  const simple = new Map<string, PolicyRule>();
  for (const rule of rules) {
    if (rule.resourceNames !== undefined || rule.nonResourceURLs !== undefined) {
      others.push(rule);
      continue;
    }
    const key = JSON.stringify([rule.apiGroups, rule.resources]);
    const found = simple.get(key);
    simple.set(key, found ? { ...found, verbs: [...found.verbs, ...rule.verbs] } : rule);
  }
  return [...others, ...simple.values()];
}

/** `{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}` */
export function ruleText({ apiGroups, resources, nonResourceURLs, resourceNames, verbs }: PolicyRule): string {
  const fields = {
    APIGroups: apiGroups,
    Resources: resources,
    NonResourceURLs: nonResourceURLs,
    ResourceNames: resourceNames,
    Verbs: verbs,
  };
  const texts = Object.entries(fields).flatMap(([name, values]) =>
    values === undefined || values.length === 0 ? [] : [`${name}:${listText(values)}`],
  );
  return `{${texts.join(', ')}}`;
}

/** As Go prints a list of quoted texts. */
export function listText(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;
}

function parts({
  verbs,
  apiGroups = [],
  resources = [],
  resourceNames = [],
  nonResourceURLs = [],
}: PolicyRule): PolicyRule[] {
  const ofResources = apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      verbs.flatMap((verb): PolicyRule[] => {
        const part = { apiGroups: [group], resources: [resource], verbs: [verb] };
        return resourceNames.length === 0 ? [part] : resourceNames.map((name) => ({ ...part, resourceNames: [name] }));
      }),
    ),
  );
  const ofUrls = nonResourceURLs.flatMap((url) => verbs.map((verb) => ({ nonResourceURLs: [url], verbs: [verb] })));
  return [...ofResources, ...ofUrls];
}

function covers(rule: PolicyRule, part: PolicyRule): boolean {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const names = part.resourceNames ?? [];
  return (
    hasAll(verbs, part.verbs) &&
    hasAll(apiGroups, part.apiGroups ?? []) &&
    resourceCovers(resources, part.resources ?? []) &&
    (resourceNames.length === 0 || (names.length > 0 && names.every((name) => resourceNames.includes(name)))) &&
    (part.nonResourceURLs ?? []).every((path) => nonResourceURLs.some((pattern) => urlCovers(pattern, path)))
  );
}

function hasAll(owned: readonly string[], wanted: readonly string[]): boolean {
  return owned.includes('*') || wanted.every((value) => owned.includes(value));
}

/** A star before a subresource covers that subresource of every resource. */
function resourceCovers(owned: readonly string[], wanted: readonly string[]): boolean {
  return (
    hasAll(owned, wanted) ||
    wanted.every((resource) => {
      const slash = resource.indexOf('/');
      return owned.includes(resource) || (slash >= 0 && owned.includes(`*${resource.slice(slash)}`));
    })
  );
}
