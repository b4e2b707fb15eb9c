import { StoreDamagedError, StoreLockedError } from '../store.ts';

const LOCKED: ReadonlySet<number> = new Set([5 /* SQLITE_BUSY */, 6 /* SQLITE_LOCKED */]);
const DAMAGED: ReadonlySet<number> = new Set([11 /* SQLITE_CORRUPT */, 26 /* SQLITE_NOTADB */]);

/** What SQLite says, in the store's terms where it has one (sqlite.org/rescode.html). */
export function asStoreError(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || !('errcode' in error)) return error;
  const code = Number(error.errcode) & 0xff;
  if (LOCKED.has(code)) return new StoreLockedError(`${file} is open in another process`, { cause: error });
  if (DAMAGED.has(code)) return new StoreDamagedError(`${file} cannot be read: ${error.message}`, { cause: error });
  return error;
}
