import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FieldSelector } from './fields.ts';
import { LabelSelector } from './labels.ts';

describe('label selectors', () => {
  const labels = { app: 'web', tier: 'front', size: '3', empty: '' };

  it.each([
    ['', true],
    ['app=web', true],
    ['app==web', true],
    ['app = web , tier=front', true],
    ['app!=web', false],
    ['app!=db', true],
    ['other!=x', true],
    ['app', true],
    ['!app', false],
    ['!other', true],
    ['app in (web,db)', true],
    ['app in (db)', false],
    ['app notin (db)', true],
    ['other notin (db)', true],
    ['app notin (web)', false],
    ['size>2', true],
    ['size<3', false],
    ['other>1', false],
    ['empty=', true],
    ['empty in (,x)', true],
    ['app in (web), !other, size > 1', true],
  ])('%j matches: %s', (text, matches) => {
    expect(LabelSelector.parse(text).matches(labels)).toBe(matches);
  });

  it.each([
    ['app=web,', "found '', expected: identifier after ','"],
    ['=web', "unable to parse requirement: found '=', expected: identifier"],
    ['app in web', "unable to parse requirement: found 'web' expected: '('"],
    ['app in (web', "unable to parse requirement: found '', expected: ',', ')' or identifier"],
    ['app web', "unable to parse requirement: found 'web', expected: in, notin, =, ==, !=, gt, lt"],
    ['size>x', 'the value must be an integer'],
    ['a/b/c=d', 'a valid label key'],
    ['app=-x', 'a valid label must be an empty string or consist of'],
  ])('refuses %j', (text, message) => {
    expect(() => LabelSelector.parse(text)).toThrow(message);
  });

  it('agrees with brute force, and with itself after printing', () => {
    const key = fc.constantFrom('a', 'b', 'c');
    const value = fc.constantFrom('', 'x', 'y', 'z');
    const requirement = fc.oneof(
      fc.tuple(key, fc.constantFrom('=', '!='), fc.array(value, { minLength: 1, maxLength: 1 })),
      fc.tuple(key, fc.constantFrom('in', 'notin'), fc.array(value, { minLength: 1, maxLength: 3 })),
      fc.tuple(key, fc.constantFrom('exists', '!'), fc.constant<string[]>([])),
    );
    const text = ([k, operator, values]: [string, string, string[]]): string =>
      operator === 'exists'
        ? k
        : operator === '!'
          ? `!${k}`
          : operator === 'in' || operator === 'notin'
            ? `${k} ${operator} (${values.join(',')})`
            : `${k}${operator}${values[0]!}`;
    const holds = ([k, operator, values]: [string, string, string[]], labels: Record<string, string>): boolean => {
      const has = k in labels;
      switch (operator) {
        case '=':
        case 'in':
          return has && values.includes(labels[k]!);
        case '!=':
        case 'notin':
          return !has || !values.includes(labels[k]!);
        case 'exists':
          return has;
        default:
          return !has;
      }
    };
    fc.assert(
      fc.property(fc.array(requirement, { maxLength: 4 }), fc.dictionary(key, value), (requirements, labels) => {
        const selector = LabelSelector.parse(requirements.map(text).join(','));
        const expected = requirements.every((one) => holds(one, labels));
        expect(selector.matches(labels)).toBe(expected);
        expect(LabelSelector.parse(selector.toString()).matches(labels)).toBe(expected);
      }),
    );
  });

  it('reads selector objects: none is nothing, empty is everything', () => {
    expect(LabelSelector.fromObject(undefined).matches(labels)).toBe(false);
    expect(LabelSelector.fromObject({}).matches(labels)).toBe(true);
    expect(
      LabelSelector.fromObject({ matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] }).matches(
        labels,
      ),
    ).toBe(false);
  });

  it('does not take inherited properties for labels', () => {
    expect(LabelSelector.parse('constructor').matches({})).toBe(false);
  });
});

describe('field selectors', () => {
  const fields: Record<string, string> = { 'metadata.name': 'a,b', 'spec.nodeName': '' };

  it.each([
    ['', true],
    ['metadata.name=a\\,b', true],
    ['metadata.name!=a', true],
    ['spec.nodeName=', true],
    ['spec.nodeName!=', false],
    ['spec.nodeName==,metadata.name!=x', true],
  ])('%j matches: %s', (text, matches) => {
    expect(FieldSelector.parse(text).matches((field) => fields[field] ?? '')).toBe(matches);
  });

  it('refuses what is no selector', () => {
    expect(() => FieldSelector.parse('nonsense')).toThrow("invalid selector: 'nonsense'; can't understand 'nonsense'");
  });
});
