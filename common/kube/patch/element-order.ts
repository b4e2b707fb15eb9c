/**
 * Puts the elements of a merged list in order: those that `wanted` names in its order, among the others,
 * which keep theirs (strategicpatch, normalizeElementOrder). A named element that was not there `before`
 * comes ahead of those that nobody named.
 */
export function inOrder(
  list: readonly unknown[],
  wanted: readonly unknown[],
  before: readonly unknown[],
  keyOf: (item: unknown) => unknown,
): unknown[] {
  const wantedAt = positions(wanted, keyOf);
  const beforeAt = positions(before, keyOf);
  const named = sortedBy(
    list.filter((item) => wantedAt.has(keyOf(item))),
    (item) => wantedAt.get(keyOf(item))!,
  );
  const others = sortedBy(
    list.filter((item) => !wantedAt.has(keyOf(item))),
    (item) => beforeAt.get(keyOf(item)) ?? Number.MAX_SAFE_INTEGER,
  );
  const result: unknown[] = [];
  while (named.length > 0 && others.length > 0) {
    const [other, own] = [beforeAt.get(keyOf(others[0])), beforeAt.get(keyOf(named[0]))];
    const otherFirst = other !== undefined && own !== undefined && other < own;
    result.push((otherFirst ? others : named).shift());
  }
  return [...result, ...named, ...others];
}

/** The first place of each key. */
function positions(list: readonly unknown[], keyOf: (item: unknown) => unknown): Map<unknown, number> {
  return new Map(list.map((item, index): [unknown, number] => [keyOf(item), index]).reverse());
}

function sortedBy(list: readonly unknown[], place: (item: unknown) => number): unknown[] {
  return [...list].sort((a, b) => place(a) - place(b));
}
