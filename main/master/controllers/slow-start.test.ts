import { expect, it } from 'vitest';
import { slowStart } from './slow-start.ts';

/** Records the sizes of the batches: those that were begun before any of them ended. */
function recording(act: (index: number) => Promise<void>) {
  const batches: number[][] = [];
  let open = 0;
  return {
    batches,
    act: async (index: number): Promise<void> => {
      if (open === 0) batches.push([]);
      batches.at(-1)!.push(index);
      open++;
      try {
        await act(index);
      } finally {
        open--;
      }
    },
  };
}

it('begins with one and doubles', async () => {
  const { batches, act } = recording(async () => {});
  expect(await slowStart(10, act)).toEqual({ done: 10 });
  expect(batches).toEqual([[0], [1, 2], [3, 4, 5, 6], [7, 8, 9]]);
});

it('fails once, not a thousand times, when nothing can succeed', async () => {
  const { batches, act } = recording(() => Promise.reject(new Error('quota')));
  expect(await slowStart(1000, act)).toEqual({ done: 0, error: new Error('quota') });
  expect(batches).toEqual([[0]]);
});

it('counts what succeeded in the batch that failed, and begins no other', async () => {
  const { batches, act } = recording((index) => (index === 4 ? Promise.reject(new Error('quota')) : Promise.resolve()));
  expect(await slowStart(100, act)).toEqual({ done: 6, error: new Error('quota') });
  expect(batches).toHaveLength(3);
});

it('does nothing for nothing', async () => {
  const { batches, act } = recording(async () => {});
  expect(await slowStart(0, act)).toEqual({ done: 0 });
  expect(batches).toEqual([]);
});
