import { AppError } from '#common/base/app-error.ts';
import { asError } from '#common/base/assert.ts';
import { StoreDamagedError, StoreLockedError, StoreVersionError } from '../master/store/store.ts';

/** Why a master in `directory` did not start, or does not listen on `port`, in the catalogue's terms. */
export function asMasterError(thrown: unknown, directory: string, port: number): AppError {
  if (thrown instanceof AppError) return thrown;
  const cause = asError(thrown);
  if (cause instanceof StoreDamagedError) {
    return new AppError('store-damaged', { params: { path: directory, message: cause.message }, cause });
  }
  if (cause instanceof StoreVersionError) {
    return new AppError('store-newer', { params: { path: directory, message: cause.message }, cause });
  }
  if (cause instanceof StoreLockedError) return new AppError('home-in-use', { params: { path: directory }, cause });
  switch ((cause as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new AppError('port-in-use', { params: { port }, cause });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new AppError('home-not-writable', { params: { path: directory }, cause });
    default:
      return new AppError('master-failed', { params: { message: cause.message }, cause });
  }
}
