import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ASSETS } from '../../../test/support/master.ts';
import type { Schema, Schemas, TypeName } from '../schema/schema.ts';
import { fieldsOfMessage, messages } from './messages.ts';

const schemas = JSON.parse(readFileSync(ASSETS.schemas, 'utf8')) as Schemas;
/** Those that only ever stand inside others: their fields are told by whom they stand in. */
const inlined = new Set(
  Object.keys(messages).flatMap((type) =>
    [...fieldsOfMessage(type)!.values()].flatMap((field) => (field.style === 'inline' ? [field.message] : [])),
  ),
);
const types = Object.keys(messages).filter((type) => !inlined.has(type) || type in schemas);

describe('the messages', () => {
  it.each(types)('%s has the fields of its type, each once', (type) => {
    const properties = Object.keys(schemas[type]!.properties).filter((name) => !isTypeMeta(type, name));
    expect(namesOf(type).sort()).toEqual(properties.sort());
  });

  it('have numbers as protobuf wants them', () => {
    for (const [type, text] of Object.entries(messages)) {
      const numbers = text.split(', ').map((field) => Number(field.split(' ')[0]));
      expect(numbers, type).toEqual([...new Set(numbers)].sort((a, b) => a - b));
      expect(
        numbers.every((number) => Number.isInteger(number) && number > 0),
        type,
      ).toBe(true);
    }
  });

  it('are there for every type that one refers to', () => {
    const missing = types.flatMap((type) =>
      namesOf(type)
        .flatMap((name) => refersTo(schemas[type]!.properties[name]!))
        .filter((name) => !(name in messages)),
    );
    expect(missing).toEqual([]);
  });

  it('have an end: none holds itself, so that no body nests deeper than its type', () => {
    const visit = (type: TypeName, above: readonly TypeName[]): void => {
      expect(above, [...above, type].join(' > ')).not.toContain(type);
      for (const name of namesOf(type)) {
        for (const inner of refersTo(schemas[type]!.properties[name]!)) visit(inner, [...above, type]);
      }
    };
    types.forEach((type) => visit(type, []));
  });

  it('mark only scalars as kept when empty', () => {
    for (const type of types) {
      for (const field of fieldsOfMessage(type)!.values()) {
        if (field.style !== 'own' || !field.keepsEmpty) continue;
        const schema = schemas[type]!.properties[field.name]!;
        expect(['string', 'integer', 'number', 'boolean'], `${type}.${field.name}`).toContain(schema.type);
      }
    }
  });
});

function namesOf(message: TypeName): string[] {
  return [...fieldsOfMessage(message)!.values()].flatMap((field) =>
    field.style === 'own' ? [field.name] : namesOf(field.message),
  );
}

/** A kind's own name travels in the envelope; other types have fields of these names. */
function isTypeMeta(type: TypeName, name: string): boolean {
  const isKind = 'metadata' in schemas[type]!.properties || type === 'meta.v1.DeleteOptions';
  const isOption = name === 'apiVersion' || name === 'kind';
  return isKind && isOption;
}

function refersTo(schema: Schema): TypeName[] {
  switch (schema.type) {
    case 'ref':
      return [schema.name];
    case 'list':
      return refersTo(schema.items);
    case 'map':
      return refersTo(schema.values);
    default:
      return [];
  }
}
