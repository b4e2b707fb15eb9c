/** A programming error: never the user's fault, never shown as advice. */
export class BugError extends Error {
  override readonly name = 'BugError';
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new BugError(message);
}

/** Whatever was thrown, as an Error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(typeof thrown === 'string' ? thrown : JSON.stringify(thrown));
}

/** For the default branch of an exhaustive switch: a new case is a type error here. */
export function unreachable(value: never): never {
  throw new BugError(`Unexpected value: ${JSON.stringify(value)}`);
}
