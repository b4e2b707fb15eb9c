import { AppError } from '#common/base/app-error.ts';
import { contract, type WindowHandlers } from '#common/contract/contract.ts';

/** A handler table with just the entries that a test is about; every other one fails. */
export function handlersWith(some: Partial<WindowHandlers>): WindowHandlers {
  const rest = Object.keys(contract).map((name) => [
    name,
    () => Promise.reject(new AppError('internal', { params: { message: `${name} is no part of this test` } })),
  ]);
  return { ...(Object.fromEntries(rest) as WindowHandlers), ...some };
}
