import { describe, expect, it } from 'vitest';
import { aggregateText, fieldError, fieldErrorText } from './field-error.ts';

describe('field errors', () => {
  it.each([
    [fieldError.required('spec.image'), 'spec.image: Required value'],
    [fieldError.required('spec.image', 'say which'), 'spec.image: Required value: say which'],
    [fieldError.invalid('spec.name', 'A b"', 'no'), 'spec.name: Invalid value: "A b\\"": no'],
    [fieldError.invalid('spec.replicas', -1, 'no'), 'spec.replicas: Invalid value: -1: no'],
    [fieldError.invalid('spec.on', false, 'no'), 'spec.on: Invalid value: false: no'],
    [fieldError.invalid('spec.map', { a: [1] }, 'no'), 'spec.map: Invalid value: {"a":[1]}: no'],
    [fieldError.invalid('spec.none', null, 'no'), 'spec.none: Invalid value: null: no'],
    [
      fieldError.notSupported('spec.type', 'X', ['A', 'B']),
      'spec.type: Unsupported value: "X": supported values: "A", "B"',
    ],
    [fieldError.notSupported('spec.type', 'X', []), 'spec.type: Unsupported value: "X"'],
    [fieldError.duplicate('spec.ports[1].name', 'http'), 'spec.ports[1].name: Duplicate value: "http"'],
    [fieldError.forbidden('spec', 'not now'), 'spec: Forbidden: not now'],
    [fieldError.notFound('spec.volume', 'v'), 'spec.volume: Not found: "v"'],
    [fieldError.tooLong('data', 1), 'data: Too long: may not be more than 1 byte'],
    [fieldError.tooLong('data', 2), 'data: Too long: may not be more than 2 bytes'],
    [fieldError.tooMany('ports', 3, 1), 'ports: Too many: 3: must have at most 1 item'],
    [fieldError.tooMany('ports', 3, 2), 'ports: Too many: 3: must have at most 2 items'],
  ])('%#: reads as upstream writes it', (error, text) => {
    expect(fieldErrorText(error)).toBe(text);
  });

  it('are told together, each once', () => {
    const [a, b] = [fieldError.required('a'), fieldError.required('b')];
    expect(aggregateText([a])).toBe('a: Required value');
    expect(aggregateText([a, a])).toBe('a: Required value');
    expect(aggregateText([a, b, a])).toBe('[a: Required value, b: Required value]');
  });
});
