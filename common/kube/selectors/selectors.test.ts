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
    ['=web', "found '=', expected: !, identifier, or 'end of string'"],
    ['!,a', "unable to parse requirement: found ',', expected: identifier"],
    ['!app=web', "found '=', expected: ',' or 'end of string'"],
    ['app=!', "unable to parse requirement: found '!', expected: identifier"],
    ['app in web', "unable to parse requirement: found 'web' expected: '('"],
    ['app in (', "unable to parse requirement: found '', expected: ',', ')' or identifier"],
    ['app in (web', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['app in (web db)', "unable to parse requirement: found 'db', expected: ',' or ')'"],
    ['app in (web,=)', "unable to parse requirement: found '=', expected: ',', or identifier"],
    ['app web', "unable to parse requirement: found 'web', expected: in, notin, =, ==, !=, gt, lt"],
    [
      'size>x',
      `unable to parse requirement: values[0]: Invalid value: "x": for 'Gt', 'Lt' operators, the value must be an integer`,
    ],
    ['a/b/c=d', 'unable to parse requirement: <nil>: Invalid value: "a/b/c": a valid label key'],
    ['app=-x', 'unable to parse requirement: values[0][app]: Invalid value: "-x": a valid label must be an empty'],
    ['app\u00a0=x', 'unable to parse requirement: <nil>: Invalid value: "app\u00a0": name part must consist of'],
  ])('refuses %j', (text, message) => {
    expect(() => LabelSelector.parse(text)).toThrow(message);
  });

  it.each([
    ['app in ()', ['']],
    ['app in (,)', ['']],
    ['app in (a,)', ['', 'a']],
    ['app in (a,,b)', ['', 'a', 'b']],
    ['app in ( a , b )', ['a', 'b']],
  ])('reads the set of %j', (text, values) => {
    expect(LabelSelector.parse(text).toString()).toBe(`app in (${values.join(',')})`);
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

  it('refuses an operator that there is not', () => {
    expect(() => LabelSelector.fromObject({ matchExpressions: [{ key: 'a', operator: 'Is' }] })).toThrow(
      '"Is" is not a valid label selector operator',
    );
  });

  it('selects exactly the labels of a map, written in their order', () => {
    const selector = LabelSelector.fromMap({ tier: 'front', app: 'web' });
    expect(selector.toString()).toBe('app=web,tier=front');
    expect(selector.matches(labels)).toBe(true);
    expect(selector.matches({ app: 'web' })).toBe(false);
    expect(LabelSelector.fromMap(undefined).isEverything).toBe(true);
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

  it.each([
    ['nonsense', "invalid selector: 'nonsense'; can't understand 'nonsense'"],
    ['a=b,nonsense', "invalid selector: 'a=b,nonsense'; can't understand 'nonsense'"],
    ['a=b=c', 'invalid field selector: unescaped character in value: 61'],
    ['a=b\\', 'invalid field selector: invalid escape sequence: \\'],
    ['a=\\n', 'invalid field selector: invalid escape sequence: \\n'],
  ])('refuses %j', (text, message) => {
    expect(() => FieldSelector.parse(text)).toThrow(message);
  });

  it('takes any value that is escaped', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        const escaped = (text: string): string => text.replaceAll(/[\\,=]/g, '\\$&');
        const selector = FieldSelector.parse(`a=${escaped(one)},b!=${escaped(other)}`);
        expect(selector.requirements.map(({ value }) => value)).toEqual([one, other]);
      }),
    );
  });

  it('knows the one value that a field must have', () => {
    const selector = FieldSelector.parse('a!=1,b=2');
    expect([selector.requiredValue('a'), selector.requiredValue('b'), selector.requiredValue('c')]).toEqual([
      undefined,
      '2',
      undefined,
    ]);
  });
});
