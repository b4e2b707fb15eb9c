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
  const apply = (step: Operation): void => {
    const places = placesOf(holder, step);
    if (!places) throw inapplicable(step);
    if (step.op === 'copy') {
      copied += JSON.stringify(places.from).length;
      if (copied > MAXIMUM_COPIED_CHARACTERS) {
        throw new JsonPatchTooLargeError(
          `Unable to complete the copy, the accumulated size increase of copy is ${copied}, exceeding the limit ${MAXIMUM_COPIED_CHARACTERS}`,
        );
      }
    }
    if (!applies(holder, inHolder(step))) throw inapplicable(step);
  };
  for (const step of patch) {
    if (step.op === 'move' && hasNegativeIndex(step.path)) {
      // What is moved is out of its list before the place is counted where it goes.
      const from = plainPath(holder.root, step.from, false);
      const value = placesOf(holder, { op: 'copy', from, path: '' })?.from;
      apply({ op: 'remove', path: from });
      apply({ op: 'add', path: plainPath(holder.root, step.path, true), value });
    } else apply(withPlainIndices(holder.root, step));
  }
  return holder.root;
}

/** Upstream's library counts negative indices from the end: -1 is the last, and where something is put, after it. */
function withPlainIndices(root: unknown, step: Operation): Operation {
  const isNew = step.op !== 'remove' && step.op !== 'replace' && step.op !== 'test';
  const path = plainPath(root, step.path, isNew);
  return 'from' in step ? { ...step, path, from: plainPath(root, step.from, false) } : { ...step, path };
}

function hasNegativeIndex(path: string): boolean {
  return /\/-\d/.test(path);
}

function plainPath(root: unknown, path: string, isNew: boolean): string {
  if (!hasNegativeIndex(path)) return path;
  const { tokens } = Pointer.fromJSON(path);
  let value = root;
  for (const [at, token] of tokens.entries()) {
    if (at === 0) continue;
    if (Array.isArray(value) && /^-[1-9]\d*$/.test(token)) {
      const end = value.length + (isNew && at === tokens.length - 1 ? 1 : 0);
      tokens[at] = String(end + Number(token));
    }
    value = isObject(value) && Object.hasOwn(value, tokens[at]!) ? value[tokens[at]!] : undefined;
  }
  return new Pointer(tokens).toString();
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Does the step; false when the library cannot, or fails in telling why. */
function applies(holder: { root: unknown }, step: Operation): boolean {
  try {
    return applyPatch(holder, [step]).every((problem) => problem === null);
  } catch {
    return false;
  }
}

function inapplicable({ op, path }: Operation): JsonPatchError {
  return new JsonPatchError(
    op === 'test'
      ? `testing value ${path} failed: test failed`
      : `${op} operation does not apply: doc is missing path: "${path}": missing value`,
  );
}

/** The step with its paths below `root`, so that also the whole can be replaced. */
function inHolder(step: Operation): Operation {
  return {
    ...structuredClone(step),
    path: `/root${step.path}`,
    ...('from' in step ? { from: `/root${step.from}` } : {}),
  };
}

/**
 * What the step takes from, or nothing when one of its places is not there. Checked here because the
 * library follows inherited keys, and takes any text for an index.
 */
function placesOf(holder: { root: unknown }, step: Operation): { readonly from: unknown } | undefined {
  const isNew = step.op !== 'remove' && step.op !== 'replace' && step.op !== 'test';
  if (!placeOf(holder, step.path, isNew)) return undefined;
  return 'from' in step ? placeOf(holder, step.from, false) : { from: undefined };
}

/** Never reached by a path: JavaScript gives them a meaning of their own. */
const SPECIAL: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** The value at a path, or nothing when there is no such place; `isNew` asks for room for one more there. */
function placeOf(holder: { root: unknown }, path: string, isNew: boolean): { readonly from: unknown } | undefined {
  if (path !== '' && !path.startsWith('/')) return undefined;
  const { tokens } = Pointer.fromJSON(`/root${path}`);
  let value: unknown = holder;
  for (const [index, token] of tokens.entries()) {
    if (index === 0) continue;
    if (SPECIAL.has(token) || typeof value !== 'object' || value === null) return undefined;
    const isLast = index === tokens.length - 1;
    if (!hasPlace(value, token, isLast && isNew)) return undefined;
    value = (value as Record<string, unknown>)[token];
  }
  return { from: value };
}

function hasPlace(parent: object, token: string, isNew: boolean): boolean {
  if (!Array.isArray(parent)) return isNew || Object.hasOwn(parent, token);
  if (token === '-') return isNew;
  return /^(0|[1-9]\d*)$/.test(token) && Number(token) < parent.length + (isNew ? 1 : 0);
}
