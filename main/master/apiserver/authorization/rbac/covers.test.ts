import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compact, ruleText, uncovered } from './covers.ts';
import { ruleAllows, type PolicyRule } from './rules.ts';

const rule = (verbs: string[], apiGroups: string[], resources: string[], resourceNames?: string[]): PolicyRule => ({
  verbs,
  apiGroups,
  resources,
  ...(resourceNames ? { resourceNames } : {}),
});
const READ_PODS = rule(['get', 'list'], [''], ['pods']);

describe('what a set of rules covers', () => {
  it.each<[string, PolicyRule, PolicyRule]>([
    ['itself', READ_PODS, READ_PODS],
    ['less of it', READ_PODS, rule(['get'], [''], ['pods'], ['one'])],
    ['anything, by stars', rule(['*'], ['*'], ['*']), rule(['get'], ['apps'], ['deployments/scale'])],
    ['a subresource of everything', rule(['get'], ['*'], ['*/scale']), rule(['get'], ['apps'], ['deployments/scale'])],
    ['a path below', { verbs: ['get'], nonResourceURLs: ['/api/*'] }, { verbs: ['get'], nonResourceURLs: ['/api/v1'] }],
  ])('%s', (_, owned, wanted) => expect(uncovered([owned], [wanted])).toEqual([]));

  it.each<[string, PolicyRule, PolicyRule]>([
    ['another verb', READ_PODS, rule(['delete'], [''], ['pods'])],
    ['a star, when all is listed', rule(['get', 'list', 'watch'], [''], ['pods']), rule(['*'], [''], ['pods'])],
    ['a subresource, by the resource', READ_PODS, rule(['get'], [''], ['pods/log'])],
    ['all names, by one', rule(['get'], [''], ['pods'], ['one']), rule(['get'], [''], ['pods'])],
    [
      'a plain resource, by a subresource of everything',
      rule(['get'], [''], ['*/scale']),
      rule(['get'], [''], ['scale']),
    ],
    ['paths, by resources', rule(['*'], ['*'], ['*']), { verbs: ['get'], nonResourceURLs: ['/metrics'] }],
  ])('not %s', (_, owned, wanted) => expect(uncovered([owned], [wanted])).toEqual([wanted]));

  it('is told apart to single verbs, and put together for people', () => {
    const missing = uncovered(
      [rule(['get'], [''], ['pods'])],
      [rule(['get', 'list', 'watch'], [''], ['pods', 'nodes'])],
    );
    expect(compact(missing).map(ruleText).sort()).toEqual([
      '{APIGroups:[""], Resources:["nodes"], Verbs:["get" "list" "watch"]}',
      '{APIGroups:[""], Resources:["pods"], Verbs:["list" "watch"]}',
    ]);
  });

  it('is all that it allows: what covers a rule allows every request that the rule allows', () => {
    const some = (...values: string[]) => fc.subarray(values, { minLength: 1 });
    const rules = fc.record({
      verbs: some('get', 'list', '*'),
      apiGroups: some('', 'apps', '*'),
      resources: some('pods', 'pods/log', '*/log', '*'),
      resourceNames: fc.subarray(['a', 'b']),
    });
    const request = fc.record({
      verb: fc.constantFrom('get', 'list', 'delete'),
      group: fc.constantFrom('', 'apps', 'batch'),
      resource: fc.constantFrom('pods', 'nodes'),
      subresource: fc.constantFrom('', 'log'),
      name: fc.constantFrom('', 'a', 'b'),
    });
    fc.assert(
      fc.property(fc.array(rules, { maxLength: 3 }), rules, request, (owned, wanted, asked) => {
        const attributes = { ...asked, user: { name: 'u', groups: [] }, version: 'v1', namespace: '' };
        fc.pre(uncovered(owned, [wanted]).length === 0 && ruleAllows(wanted, attributes));
        return owned.some((one) => ruleAllows(one, attributes));
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});
