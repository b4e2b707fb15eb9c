import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseJson, TextError } from './json.ts';
import { parseYaml } from './yaml.ts';

const duplicatesOf = (text: string) => [...parseJson(text).duplicates];

it('sees JSON fields that are there twice, wherever they are', () => {
  expect(duplicatesOf('{"a":1,"a":2}')).toEqual(['a']);
  expect(duplicatesOf('{"a":{"b":[{"c":1},{"c":1,"d":"}{\\"",  "c" :2}]},"b":{"a":1}}')).toEqual(['a.b[1].c']);
  expect(duplicatesOf('{"a":1,"\\u0061":2}')).toEqual(['a']);
  expect(duplicatesOf('["a","a",{"a":"a"}]')).toEqual([]);
  expect(parseJson('{"a":1,"a":2}').value).toEqual({ a: 2 });
});

it('finds none in whatever JSON.stringify writes', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      expect(parseJson(text)).toEqual({ value: JSON.parse(text) as unknown, duplicates: new Set(), problems: [] });
    }),
  );
});

it('refuses JSON that is none, or too deep', () => {
  for (const text of ['{', '{"a"', '{"a":1,', '"', '[1,]', '{"a":"\\', '}]'])
    expect(() => parseJson(text)).toThrow(TextError);
  for (const deep of ['['.repeat(100_000), '{"a":'.repeat(100_000)])
    expect(() => parseJson(deep)).toThrow('exceeded max depth');
});

it('reads YAML, and names keys that are there twice as go-yaml does', () => {
  const { value, problems } = parseYaml('kind: A\nspec:\n  x: 1\n  "y z": 2\n  x: 3\n  "y z": 4\n');
  expect(value).toEqual({ kind: 'A', spec: { x: 3, 'y z': 4 } });
  expect(problems).toEqual([
    'yaml: unmarshal errors:\n  line 5: key "x" already set in map\n  line 6: key "y z" already set in map',
  ]);
});

it('refuses YAML that is none, too deep, or grows by its aliases', () => {
  expect(() => parseYaml('a: [')).toThrow(TextError);
  expect(() => parseYaml('a: 1\n---\nb: 2\n')).toThrow(TextError);
  expect(() => parseYaml('['.repeat(100_000))).toThrow('exceeded max depth');
  expect(() => parseYaml(`${'['.repeat(1500)}${']'.repeat(1500)}`)).toThrow('exceeded max depth');
  const laughs = ['a: &a [x,x,x,x,x,x,x,x,x]'];
  for (let level = 0; level < 8; level++) {
    const [name, before] = ['abcdefghi'[level + 1]!, 'abcdefghi'[level]!];
    laughs.push(`${name}: &${name} [${Array<string>(9).fill(`*${before}`).join(',')}]`);
  }
  expect(() => parseYaml(laughs.join('\n'))).toThrow('excessive aliasing');
  expect(() => parseYaml(`a: &a ${'x'.repeat(1_000_000)}\nb: [*a,*a,*a,*a,*a]`)).toThrow('excessive aliasing');
});
