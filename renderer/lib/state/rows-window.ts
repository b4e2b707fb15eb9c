import type { z } from 'zod';
import { rowSchemas, type Row, type RowsEvent, type View } from '#common/contract/rows.ts';

/** The shown part of a table, put together from events that carry only what changed. */
export class RowsWindow<V extends View> {
  readonly #schema: z.ZodType<Row<V>>;
  #byId = new Map<string, Row<V>>();
  total = 0;
  matched = 0;
  rows: readonly Row<V>[] = [];

  constructor(view: V) {
    // The schema of a view makes that view's rows, which the checker cannot see through a variable.
    this.#schema = rowSchemas[view] as unknown as z.ZodType<Row<V>>;
  }

  /** Errors: a ZodError for rows that are not the view's. */
  apply(event: RowsEvent): void {
    const known = new Map(this.#byId);
    for (const row of event.rows) known.set(row.id, this.#schema.parse(row));
    this.#byId = new Map();
    for (const id of event.order) {
      const row = known.get(id);
      if (row) this.#byId.set(id, row);
    }
    this.total = event.total;
    this.matched = event.matched;
    this.rows = [...this.#byId.values()];
  }
}
