import { expect, it } from 'vitest';
import { AppError, appErrorShape } from './app-error.ts';

it('crosses a door and comes out the same', () => {
  const error = new AppError('port-in-use', { params: { port: 80 }, command: 'ss -tln', lines: ['a', 'b'] });
  const again = AppError.fromShape(appErrorShape.parse(JSON.parse(JSON.stringify(error.toShape()))));
  expect(again.toShape()).toEqual(error.toShape());
  expect(again.params).toEqual({ port: 80 });
});

it('is made of anything that is thrown', () => {
  const known = new AppError('cancelled');
  expect(AppError.from(known)).toBe(known);
  expect(AppError.from(new DOMException('stopped', 'AbortError')).code).toBe('cancelled');
  expect(AppError.from(new Error('why')).toShape()).toEqual({ code: 'internal', params: { message: 'why' } });
  expect(AppError.from('a text').params).toEqual({ message: 'a text' });
});
