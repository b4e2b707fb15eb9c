import type { FieldChange } from './compare.ts';
import { differenceOf, isEmptySet, isFieldSet, unionOf, type FieldSet } from './field-set.ts';

/** metav1.ManagedFieldsEntry. */
export interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly operation?: string;
  readonly apiVersion?: string;
  readonly time?: string;
  readonly fieldsType?: string;
  readonly fieldsV1?: object;
  readonly subresource?: string;
}

/** Who made a change, by which version of the API, at which door. */
export interface FieldManager {
  readonly manager: string;
  readonly apiVersion: string;
  /** Empty for the object itself. */
  readonly subresource: string;
}

/** Beyond so many the oldest become one (fieldmanager.DefaultMaxUpdateManagers). */
const UPDATE_MANAGERS = 10;
const OLD_CHANGES = 'ancient-changes';

/**
 * The entries after a change by an update: who made it owns what it set, nobody what it removed. `time`
 * is that of the change.
 */
export function trackUpdate(
  entries: readonly ManagedFieldsEntry[],
  change: FieldChange | undefined,
  by: FieldManager,
  time: string,
): readonly ManagedFieldsEntry[] {
  if (!change) return entries;
  const { set = {}, removed = {} } = change;
  const touched = unionOf(set, removed);
  const result: ManagedFieldsEntry[] = [];
  let own: ManagedFieldsEntry = entryFor(by, time, {});
  for (const entry of entries) {
    const before = fieldsOf(entry);
    const left = differenceOf(before, touched);
    const rest = left === before ? entry : { ...entry, fieldsV1: left };
    if (isBy(entry, by)) own = rest;
    else if (!isEmptySet(left)) result.push(rest);
  }
  if (!isEmptySet(set)) own = { ...own, fieldsV1: unionOf(fieldsOf(own), set), time };
  if (!isEmptySet(fieldsOf(own))) result.push(own);
  return capped(result).sort(byAge);
}

/** `[{}]`: how a client says that nobody is to be remembered. */
export function isReset(entries: readonly ManagedFieldsEntry[] | undefined): boolean {
  return entries?.length === 1 && Object.keys(entries[0]!).length === 0;
}

/** Whether entries that a client sent can be used. */
export function areValid(entries: readonly ManagedFieldsEntry[]): boolean {
  return entries.every(
    ({ operation, fieldsType, fieldsV1 }) =>
      (operation === 'Update' || operation === 'Apply') && fieldsType === 'FieldsV1' && isFieldSet(fieldsV1 ?? {}),
  );
}

function entryFor(by: FieldManager, time: string, fields: FieldSet): ManagedFieldsEntry {
  const { manager, apiVersion, subresource } = by;
  return {
    manager,
    operation: 'Update',
    apiVersion,
    time,
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
    ...(subresource === '' ? {} : { subresource }),
  };
}

function isBy(entry: ManagedFieldsEntry, by: FieldManager): boolean {
  return (
    entry.operation === 'Update' &&
    entry.manager === by.manager &&
    entry.apiVersion === by.apiVersion &&
    (entry.subresource ?? '') === by.subresource
  );
}

function fieldsOf(entry: ManagedFieldsEntry): FieldSet {
  // Those of clients were checked when they came (`areValid`): they are walked on every write.
  return (entry.fieldsV1 ?? {}) as FieldSet;
}

/** Joins the oldest updates of each version until there are few enough (fieldmanager/capmanagers.go). */
function capped(entries: ManagedFieldsEntry[]): ManagedFieldsEntry[] {
  const updates = entries.filter(({ operation }) => operation === 'Update').sort(byAge);
  let surplus = updates.length - UPDATE_MANAGERS;
  if (surplus <= 0) return entries;
  const gone = new Set<ManagedFieldsEntry>();
  const buckets = new Map<string, ManagedFieldsEntry>();
  for (const update of updates) {
    if (surplus <= 0) break;
    const version = update.apiVersion ?? '';
    const bucket = buckets.get(version);
    if (!bucket) {
      buckets.set(version, update);
      continue;
    }
    gone.add(bucket).add(update);
    const joined = { manager: OLD_CHANGES, apiVersion: version, subresource: '' };
    const fields = unionOf(fieldsOf(bucket), fieldsOf(update));
    buckets.set(version, entryFor(joined, update.time ?? '', fields));
    surplus--;
  }
  const joined = [...buckets.values()].filter((bucket) => !entries.includes(bucket));
  return [...entries.filter((entry) => !gone.has(entry)), ...joined];
}

/** Applies first, then by time, then by name, as upstream lists them. */
function byAge(a: ManagedFieldsEntry, b: ManagedFieldsEntry): number {
  return (
    compare(a.operation, b.operation) ||
    compare(a.time, b.time) ||
    compare(a.manager, b.manager) ||
    compare(a.apiVersion, b.apiVersion) ||
    compare(a.subresource, b.subresource)
  );
}

function compare(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
