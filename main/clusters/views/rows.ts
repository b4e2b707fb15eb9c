import type { Clock } from '#common/base/clock.ts';
import type { RowsEvent, rowsQuerySchema } from '#common/contract/rows.ts';
import type { z } from 'zod';
import { until } from './until.ts';
import type { View } from './view.ts';

type Query = z.output<typeof rowsQuerySchema>;
type AnyRow = Readonly<Record<string, unknown>> & { readonly id: string; readonly name: string };

/** Changes that come close together are one event: a window draws sixty times a second at most. */
const GATHER_MS = 40;

/** Sends the part of a table that a window shows, and then what changes in it. */
export async function rowsStream(
  view: View,
  query: Query,
  clock: Clock,
  emit: (event: RowsEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  await until(view.synced, signal);
  if (signal.aborted) return;
  let sent = new Map<string, AnyRow>();
  let lastOrder: readonly string[] = [];
  let lastCounts = '';
  const send = (first: boolean): void => {
    const { total, matched, shown } = select(view.rows(), query);
    const order = shown.map(({ id }) => id);
    const changed = shown.filter((row) => !sameRow(sent.get(row.id), row));
    const counts = `${total}/${matched}`;
    const sameOrder = order.length === lastOrder.length && order.every((id, index) => id === lastOrder[index]);
    sent = new Map(shown.map((row) => [row.id, row]));
    if (!first && changed.length === 0 && sameOrder && counts === lastCounts) return;
    [lastOrder, lastCounts] = [order, counts];
    emit({ total, matched, order, rows: changed });
  };
  let timer: Disposable | undefined;
  using _watching = view.subscribe(() => {
    timer ??= clock.after(GATHER_MS, () => {
      timer = undefined;
      send(false);
    });
  });
  send(true);
  await until(new Promise<never>(() => undefined), signal);
  timer?.[Symbol.dispose]();
}

/** A new version of an object often looks the same in a table. */
function sameRow(before: AnyRow | undefined, row: AnyRow): boolean {
  return before === row || (before !== undefined && JSON.stringify(before) === JSON.stringify(row));
}

/** Filters, sorts and cuts. */
function select(rows: readonly AnyRow[], query: Query): { total: number; matched: number; shown: AnyRow[] } {
  const inNamespace = query.namespace === undefined ? rows : rows.filter((row) => row['namespace'] === query.namespace);
  const wanted = fold(query.search.trim());
  const matching = wanted === '' ? [...inNamespace] : inNamespace.filter((row) => textOf(row).includes(wanted));
  const { column, descending } = query.sort ?? { column: 'name', descending: false };
  const direction = descending ? -1 : 1;
  matching.sort((a, b) => direction * compare(a[column], b[column]) || compare(a.name, b.name) || compare(a.id, b.id));
  return {
    total: inNamespace.length,
    matched: matching.length,
    shown: matching.slice(query.offset, query.offset + query.limit),
  };
}

const texts = new WeakMap<AnyRow, string>();

/** Everything of a row that can be searched for: what can be read in it. */
function textOf(row: AnyRow): string {
  let text = texts.get(row);
  if (text === undefined) {
    const { id: _id, created: _created, tone: _tone, ...rest } = row;
    text = fold(
      Object.values(rest)
        .flat()
        .filter((value) => typeof value === 'string')
        .join('\n'),
    );
    texts.set(row, text);
  }
  return text;
}

/** Case and width make no difference to people who search. */
function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

const collator = new Intl.Collator('en', { numeric: true });

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return collator.compare(sortText(a), sortText(b));
}

function sortText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
