import { applyPatch, Pointer, type Operation } from 'rfc6902';

/** An operation that cannot be applied: answered as 422. */
export class JsonPatchError extends Error {
  override readonly name = 'JsonPatchError';
}

/** A patch that asks for too much: answered as 413. */
export class JsonPatchTooLargeError extends Error {
  override readonly name = 'JsonPatchTooLargeError';
}

const OPERATIONS: ReadonlySet<unknown> = new Set(['add', 'remove', 'replace', 'move', 'copy', 'test']);
const MAXIMUM_OPERATIONS = 10_000;
/** A few copies of copies would fill any memory. */
const MAXIMUM_COPIED_CHARACTERS = 3 * 1024 * 1024;

export function isJsonPatch(patch: unknown): patch is Operation[] {
  return (
    Array.isArray(patch) &&
    patch.every((step: unknown) => {
      const { op, path, from } = (step ?? {}) as { op?: unknown; path?: unknown; from?: unknown };
      const needsFrom = op === 'move' || op === 'copy';
      return OPERATIONS.has(op) && typeof path === 'string' && (!needsFrom || typeof from === 'string');
    })
  );
}

/** JSON patch (RFC 6902): a new value; neither argument is changed. */
export function jsonPatch(target: unknown, patch: readonly Operation[]): unknown {
  if (patch.length > MAXIMUM_OPERATIONS) {
    throw new JsonPatchTooLargeError(
      `The allowed maximum operations in a JSON patch is ${MAXIMUM_OPERATIONS}, got ${patch.length}`,
    );
  }
  const holder = { root: structuredClone(target) };
  let copied = 0;
  for (const step of patch) {
    if (step.op === 'copy') {
      copied += JSON.stringify(Pointer.fromJSON(`/root${step.from}`).get(holder) ?? null).length;
      if (copied > MAXIMUM_COPIED_CHARACTERS) {
        throw new JsonPatchTooLargeError(
          `Unable to complete the copy, the accumulated size increase of copy is ${copied}, exceeding the limit ${MAXIMUM_COPIED_CHARACTERS}`,
        );
      }
    }
    const [problem] = applyPatch(holder, [inHolder(step)]);
    if (problem) {
      const { op, path } = step;
      throw new JsonPatchError(
        op === 'test'
          ? `testing value ${path} failed: test failed`
          : `${op} operation does not apply: doc is missing path: "${path}": missing value`,
      );
    }
  }
  return holder.root;
}

/** The step with its paths below `root`, so that also the whole can be replaced. */
function inHolder(step: Operation): Operation {
  return {
    ...structuredClone(step),
    path: `/root${step.path}`,
    ...('from' in step ? { from: `/root${step.from}` } : {}),
  };
}
