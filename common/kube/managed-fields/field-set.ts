/**
 * A set of fields of an object as a trie: FieldsV1 of metadata.managedFields (structured-merge-diff
 * fieldpath). Keys are `f:<field>`, `k:<keys of a list's item>`, `v:<value of a set>`; a node without
 * children is in the set, one with children is if it has the key `.` too. The empty trie is the empty set.
 * Sets are never changed; operations share what they leave as it is.
 */
export interface FieldSet {
  readonly [key: string]: FieldSet;
}

/** Below its parent: the field itself, and nothing inside it. */
export const LEAF: FieldSet = Object.freeze({});

const SELF = '.';

/** A node of what is inside the field, and the field itself when `isMember`; nothing when there is neither. */
export function fieldNode(children: Record<string, FieldSet> | undefined, isMember: boolean): FieldSet | undefined {
  if (!children) return isMember ? LEAF : undefined;
  const keys = Object.keys(children).sort();
  const node: Record<string, FieldSet> = isMember ? { [SELF]: LEAF } : {};
  for (const key of keys) node[key] = children[key]!;
  return node;
}

export function isEmptySet(set: FieldSet): boolean {
  for (const _key in set) return false;
  return true;
}

/** Everything that is in one of the two. */
export function unionOf(left: FieldSet, right: FieldSet): FieldSet {
  if (left === right || isEmptySet(right)) return left;
  if (isEmptySet(left)) return right;
  const result: Record<string, FieldSet> = { ...left };
  let added = false;
  for (const [key, node] of Object.entries(right)) {
    const other = result[key];
    added ||= other === undefined;
    result[key] = other === undefined ? node : joined(other, node);
  }
  return added ? sorted(result) : result;
}

/** Everything of `left` that is not in `right`; `left` itself when they have nothing in common. */
export function differenceOf(left: FieldSet, right: FieldSet): FieldSet {
  let result: Record<string, FieldSet> | undefined;
  for (const [key, node] of Object.entries(left)) {
    const other = key === SELF ? undefined : right[key];
    if (other === undefined) continue;
    const rest = without(node, other);
    if (rest === node) continue;
    result ??= { ...left };
    if (rest === undefined) delete result[key];
    else result[key] = rest;
  }
  return result ?? left;
}

/** Whether a value that came from outside has the form of a set. */
export function isFieldSet(value: unknown): value is FieldSet {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(([key, node]) => (key === SELF || /^[fkvi]:/.test(key)) && isFieldSet(node));
}

function joined(left: FieldSet, right: FieldSet): FieldSet {
  const isMember = has(left) || has(right);
  const children = unionOf(childrenOf(left), childrenOf(right));
  if (isEmptySet(children)) return LEAF;
  return isMember ? { [SELF]: LEAF, ...children } : children;
}

function without(left: FieldSet, right: FieldSet): FieldSet | undefined {
  const isMember = has(left) && !has(right);
  const before = childrenOf(left);
  const children = differenceOf(before, childrenOf(right));
  if (isMember === has(left) && children === before) return left;
  if (isEmptySet(children)) return isMember ? LEAF : undefined;
  return isMember ? { [SELF]: LEAF, ...children } : children;
}

function has(node: FieldSet): boolean {
  return SELF in node || isEmptySet(node);
}

function childrenOf(node: FieldSet): FieldSet {
  if (!(SELF in node)) return node;
  const { [SELF]: _self, ...children } = node;
  return children;
}

function sorted(set: FieldSet): FieldSet {
  return Object.fromEntries(Object.entries(set).sort(([a], [b]) => (a < b ? -1 : 1)));
}
