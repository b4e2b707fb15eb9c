import { describe, expect, it } from 'vitest';
import { decode, DecodeError } from './decode.ts';
import type { Schemas } from './schema.ts';

const schemas: Schemas = {
  'core.v1.Thing': {
    properties: {
      metadata: { type: 'ref', name: 'meta.v1.Meta' },
      text: { type: 'string' },
      flag: { type: 'boolean' },
      small: { type: 'integer', format: 'int32' },
      large: { type: 'integer', format: 'int64' },
      ratio: { type: 'number' },
      amount: { type: 'quantity' },
      port: { type: 'int-or-string' },
      anything: { type: 'any' },
      bytes: { type: 'string', format: 'byte' },
      at: { type: 'string', format: 'date-time' },
      exactly: { type: 'string', format: 'micro-time' },
      labels: { type: 'map', values: { type: 'string' } },
      names: { type: 'list', items: { type: 'string' } },
      parts: { type: 'list', items: { type: 'ref', name: 'core.v1.Part' } },
      byName: { type: 'map', values: { type: 'ref', name: 'core.v1.Part' } },
    },
  },
  'core.v1.Part': {
    properties: {
      name: { type: 'string' },
      size: { type: 'integer', format: 'int32' },
      amount: { type: 'quantity' },
      items: { type: 'list', items: { type: 'string' } },
      options: { type: 'map', values: { type: 'string' } },
      meta: { type: 'ref', name: 'meta.v1.Meta' },
      since: { type: 'string', format: 'date-time' },
      on: { type: 'boolean' },
    },
    required: ['name', 'size', 'amount', 'items', 'options', 'meta', 'since', 'on'],
  },
  'meta.v1.Meta': { properties: { name: { type: 'string' } }, required: ['name'] },
};

const object = (value: unknown): unknown => decode(schemas, 'core.v1.Thing', value).object;
const field = (name: string, value: unknown): unknown => (object({ [name]: value }) as Record<string, unknown>)[name];

describe('decoding', () => {
  it.each([
    ['text', 'a'],
    ['flag', false],
    ['small', -2147483648],
    ['small', 2147483647],
    ['large', Number.MAX_SAFE_INTEGER],
    ['ratio', 0.1],
    ['port', 8080],
    ['port', 'http'],
    ['anything', { deep: [null, { __proto__: null, x: 1 }] }],
    ['labels', { a: '1' }],
    ['names', ['a', 'b']],
  ])('keeps %s: %j', (name, value) => {
    expect(field(name, value)).toEqual(value);
  });

  it.each([
    ['text', 5, 'json: cannot unmarshal number into Go struct field Thing.text of type string'],
    ['flag', 'true', 'json: cannot unmarshal string into Go struct field Thing.flag of type bool'],
    ['small', '1', 'json: cannot unmarshal string into Go struct field Thing.small of type int32'],
    ['small', 1.5, 'json: cannot unmarshal number 1.5 into Go struct field Thing.small of type int32'],
    ['small', 2147483648, 'json: cannot unmarshal number 2147483648 into Go struct field Thing.small of type int32'],
    ['large', 2 ** 53, 'number 9007199254740992 into Go struct field Thing.large of type int64'],
    ['large', Number.POSITIVE_INFINITY, 'into Go struct field Thing.large of type int64'],
    ['ratio', [], 'json: cannot unmarshal array into Go struct field Thing.ratio of type float64'],
    ['port', true, 'json: cannot unmarshal bool into Go struct field Thing.port of type int32'],
    ['port', 70000000000, 'into Go struct field Thing.port of type int32'],
    ['labels', ['a'], 'json: cannot unmarshal array into Go struct field Thing.labels of type map[string]string'],
    ['labels', { a: 1 }, 'json: cannot unmarshal number into Go struct field Thing.labels of type string'],
    ['names', 'a', 'json: cannot unmarshal string into Go struct field Thing.names of type []string'],
    ['metadata', 'a', 'json: cannot unmarshal string into Go struct field Thing.metadata of type v1.Meta'],
    ['parts', [{ size: 'x' }], 'json: cannot unmarshal string into Go struct field Part.parts.size of type int32'],
    ['parts', [7], 'json: cannot unmarshal number into Go struct field Thing.parts of type v1.Part'],
    ['amount', true, 'quantities must match the regular expression'],
    ['amount', '1 Gi', 'quantities must match the regular expression'],
    ['bytes', 3, 'json: cannot unmarshal number into Go struct field Thing.bytes of type []uint8'],
    ['at', 3, 'json: cannot unmarshal number into Go struct field Thing.at of type v1.Time'],
    ['at', 'yesterday', 'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"'],
  ])('refuses %s: %j', (name, value, message) => {
    expect(() => field(name, value)).toThrow(message);
  });

  it.each([[null], ['text'], [3], [[]]])('refuses %j in place of an object', (value) => {
    expect(() => object(value)).toThrow(DecodeError);
  });

  it('writes quantities and times in their one form', () => {
    expect(field('amount', '1024Mi')).toBe('1Gi');
    expect(field('amount', 0.5)).toBe('500m');
    expect(field('at', '2026-01-02T03:04:05.678+02:00')).toBe('2026-01-02T01:04:05Z');
    expect(field('exactly', '2026-01-02T03:04:05.6789Z')).toBe('2026-01-02T03:04:05.678900Z');
  });

  it.each([
    ['', ''],
    ['QQ==', 'QQ=='],
    ['QR==', 'QQ=='],
    ['QUJD\nREVG\r\n', 'QUJDREVG'],
  ])('reads base64 %j as %j', (text, kept) => {
    expect(field('bytes', text)).toBe(kept);
  });

  it.each([
    ['Q', 0],
    ['QUJDRA', 4],
    ['QUJ*', 3],
    ['QQ=A', 4],
    ['=QQQ', 0],
    ['QQ__', 2],
  ])('refuses base64 %j', (text) => {
    expect(() => field('bytes', text)).toThrow(/^illegal base64 data at input byte \d$/);
  });

  it('leaves empty maps out, unless the type promises one', () => {
    expect(object({ labels: {}, names: [], metadata: { name: 'a' } })).toEqual({ names: [], metadata: { name: 'a' } });
    expect(object({ parts: [{ options: {} }] })).toMatchObject({ parts: [{ options: {} }] });
    expect(() => object({ labels: [] })).toThrow(DecodeError);
  });

  it('leaves nulls out, and reads them in lists and maps as nothing given', () => {
    expect(object({ text: null, parts: null, names: ['a', null], labels: { a: null } })).toEqual({
      names: ['a', ''],
      labels: { a: '' },
    });
  });

  it('fills what a type promises, down to the leaves, but invents no time', () => {
    const empty = { name: '', size: 0, amount: '0', items: [], options: {}, meta: { name: '' }, on: false };
    expect(object({ parts: [{}, null], byName: { a: null } })).toEqual({ parts: [empty, empty], byName: { a: empty } });
  });

  it('names unknown fields by their place, and drops them', () => {
    const { object: decoded, problems } = decode(schemas, 'core.v1.Thing', {
      text: 'a',
      txt: 1,
      parts: [{ name: 'x' }, { nme: 'y' }],
      byName: { first: { sise: 1 } },
      constructor: 1,
    });
    expect(problems).toEqual(
      ['txt', 'parts[1].nme', 'byName.first.sise', 'constructor'].map((path) => `unknown field "${path}"`),
    );
    expect(Object.keys(decoded)).toEqual(['text', 'parts', 'byName']);
  });

  it('takes __proto__ for a key like any other', () => {
    const value = JSON.parse('{"labels":{"__proto__":"a"},"__proto__":{"text":"b"}}') as unknown;
    const { object: decoded, problems } = decode(schemas, 'core.v1.Thing', value);
    expect(problems).toEqual(['unknown field "__proto__"']);
    expect(JSON.stringify(decoded)).toBe('{"labels":{"__proto__":"a"}}');
    expect(({} as Record<string, unknown>)['text']).toBeUndefined();
  });

  it('shares nothing with what it read', () => {
    const anything = { list: [1] };
    const names = ['a'];
    const decoded = object({ anything, names }) as { anything: typeof anything; names: string[] };
    anything.list.push(2);
    names.push('b');
    expect(decoded).toEqual({ anything: { list: [1] }, names: ['a'] });
  });

  it('knows no type that is not there', () => {
    expect(() => decode(schemas, 'core.v1.Other', {})).toThrow('There is no schema for the type core.v1.Other');
  });
});

it('copies what an earlier version has too, without reading it again', () => {
  const parts = { web: { name: 'web', amount: 'as it was' } };
  const before = { byName: parts, labels: { a: '1' } };
  const { object, problems } = decode(schemas, 'core.v1.Thing', { ...before, labels: { a: '2' } }, undefined, before);
  expect(object).toEqual({ byName: parts, labels: { a: '2' } });
  expect((object['byName'] as typeof parts).web).not.toBe(parts.web);
  expect(problems).toEqual([]);
  expect(() => decode(schemas, 'core.v1.Thing', structuredClone(before), undefined, before)).toThrow();
});
