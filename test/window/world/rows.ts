import type { z } from 'zod';
import type { RowsEvent, rowsQuerySchema, View } from '#common/contract/rows.ts';
import type { Cell } from './cell.ts';
import type { ClusterData } from './cluster-data.ts';

type Query = z.output<typeof rowsQuerySchema>;
type AnyRow = ClusterData[View][number];

/** Answers a query as the master does: filtered, sorted and cut, then only what changed. */
export function followRows(
  data: Cell<ClusterData>,
  query: Query,
  emit: (event: RowsEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const sent = new Map<string, string>();
  return data.follow((now) => {
    const all: readonly AnyRow[] = now[query.view];
    const inNamespace = all.filter(
      (row) => query.namespace === undefined || !('namespace' in row) || row.namespace === query.namespace,
    );
    const matched = inNamespace.filter((row) => matches(row, query));
    const shown = sorted(matched, query).slice(query.offset, query.offset + query.limit);
    const changed = shown.filter((row) => sent.get(row.id) !== JSON.stringify(row));
    sent.clear();
    for (const row of shown) sent.set(row.id, JSON.stringify(row));
    emit({ total: inNamespace.length, matched: matched.length, order: shown.map((row) => row.id), rows: changed });
  }, signal);
}

function matches(row: AnyRow, { search }: Query): boolean {
  return JSON.stringify(Object.values(row)).toLowerCase().includes(search.toLowerCase());
}

function sorted(rows: readonly AnyRow[], { sort }: Query): readonly AnyRow[] {
  if (!sort) return rows;
  const direction = sort.descending ? -1 : 1;
  const valueOf = (row: AnyRow): unknown => new Map<string, unknown>(Object.entries(row)).get(sort.column);
  return rows.toSorted((a, b) => direction * compare(valueOf(a), valueOf(b)));
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return JSON.stringify(a ?? '').localeCompare(JSON.stringify(b ?? ''), 'en', { numeric: true });
}
