import { applyPatch, type Operation } from 'rfc6902';

/** An operation that cannot be applied: answered as 422. */
export class JsonPatchError extends Error {
  override readonly name = 'JsonPatchError';
}

const OPERATIONS: ReadonlySet<unknown> = new Set(['add', 'remove', 'replace', 'move', 'copy', 'test']);

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
  const holder = { root: structuredClone(target) };
  const rooted = patch.map((step) => ({
    ...structuredClone(step),
    path: `/root${step.path}`,
    ...('from' in step ? { from: `/root${step.from}` } : {}),
  })) as Operation[];
  for (const [index, step] of rooted.entries()) {
    const [problem] = applyPatch(holder, [step]);
    if (problem) {
      const { op, path } = patch[index]!;
      throw new JsonPatchError(
        op === 'test'
          ? `testing value ${path} failed: test failed`
          : `${op} operation does not apply: doc is missing path: "${path}": missing value`,
      );
    }
  }
  return holder.root;
}
