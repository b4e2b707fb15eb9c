import { describe, expect, it } from 'vitest';
import { tolerates, untolerated, type Taint, type Toleration } from './taints.ts';

const taint: Taint = { key: 'gpu', value: 'a100', effect: 'NoSchedule' };

describe('a toleration', () => {
  it.each<[Toleration, boolean]>([
    [{ key: 'gpu', operator: 'Equal', value: 'a100', effect: 'NoSchedule' }, true],
    [{ key: 'gpu', value: 'a100' }, true],
    [{ key: 'gpu', value: 'h100' }, false],
    [{ key: 'gpu' }, false],
    [{ key: 'gpu', operator: 'Exists' }, true],
    [{ key: 'gpu', operator: 'Exists', effect: 'NoExecute' }, false],
    [{ key: 'disk', operator: 'Exists' }, false],
    [{ operator: 'Exists' }, true],
    [{ operator: 'Exists', effect: 'NoSchedule' }, true],
    [{ key: 'gpu', operator: '' as 'Equal', value: 'a100' }, true],
    [{ key: 'gpu', operator: 'Matches' as 'Equal', value: 'a100' }, false],
  ])('%j: %s', (toleration, expected) => {
    expect(tolerates(toleration, taint)).toBe(expected);
  });

  it('without a value is for taints without one', () => {
    expect(tolerates({ key: 'gpu' }, { key: 'gpu', effect: 'NoSchedule' })).toBe(true);
  });
});

it('finds the first taint of the effects that nothing tolerates', () => {
  const taints: Taint[] = [
    { key: 'a', effect: 'PreferNoSchedule' },
    { key: 'b', effect: 'NoSchedule' },
    { key: 'c', effect: 'NoExecute' },
  ];
  const effects = ['NoSchedule', 'NoExecute'];
  expect(untolerated(taints, [], effects)).toBe(taints[1]);
  expect(untolerated(taints, [{ key: 'b', operator: 'Exists' }], effects)).toBe(taints[2]);
  expect(untolerated(taints, [{ operator: 'Exists' }], effects)).toBeUndefined();
});
