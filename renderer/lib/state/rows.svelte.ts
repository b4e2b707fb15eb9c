import { AppError } from '#common/base/app-error.ts';
import type { ClusterId } from '#common/contract/cluster.ts';
import type { Row, View } from '#common/contract/rows.ts';
import { useClient } from './context.ts';
import { onNextFrame } from './frames.ts';
import { rerunFor } from './rerun-for.ts';
import { RowsWindow } from './rows-window.ts';

export interface Sort {
  /** The name of a field of the row. */
  readonly column: string;
  readonly descending: boolean;
}

export interface RowsScope {
  readonly cluster: ClusterId;
  readonly namespace?: string | undefined;
  readonly search?: string | undefined;
}

/** How far the window moves at a time, and how much more than that is asked for. */
const STEP = 50;
const MARGIN = 50;

/** A table of which only the part in view is here: `rows[0]` is row number `offset` of `matched`. */
export class Rows<V extends View> {
  sort = $state.raw<Sort>();
  offset = $state(0);
  rows = $state.raw<readonly Row<V>[]>([]);
  /** How many there are, and how many of them the search leaves. */
  total = $state(0);
  matched = $state(0);
  loading = $state(true);
  error = $state.raw<AppError>();
  /** The part that is asked for. */
  part = $state.raw({ offset: 0, limit: STEP + 2 * MARGIN });
  attempt = $state(0);
  #moving = false;
  #next: { offset: number; limit: number } | undefined;

  constructor(sort?: Sort) {
    this.sort = sort;
  }

  /** Says which rows are in view. One part is on its way at a time, however fast somebody scrolls. */
  show(first: number, count: number): void {
    const offset = Math.max(0, Math.floor((first - MARGIN / 2) / STEP) * STEP);
    const limit = Math.min(500, Math.ceil(count / STEP) * STEP + 2 * MARGIN);
    const wanted = { offset, limit };
    if (offset === this.part.offset && limit === this.part.limit) this.#next = undefined;
    else if (this.#moving) this.#next = wanted;
    else this.#move(wanted);
  }

  sortBy(column: string): void {
    this.sort = { column, descending: this.sort?.column === column && !this.sort.descending };
  }

  retry(): void {
    this.attempt++;
  }

  /** Begins anew at the top, for another table. */
  restart(): void {
    this.rows = [];
    this.loading = true;
    this.#moving = false;
    this.#next = undefined;
    this.part = { offset: 0, limit: STEP + 2 * MARGIN };
  }

  /** Whoever feeds this calls it when the part that was asked for is here, or failed to come. */
  arrived(): void {
    this.#moving = false;
    if (this.#next) this.#move(this.#next);
  }

  #move(part: { offset: number; limit: number }): void {
    this.#moving = true;
    this.#next = undefined;
    this.part = part;
  }
}

/** Follows a view of a cluster for as long as the component lives. Nothing while `scope` gives undefined. */
export function useRows<V extends View>(view: V, scope: () => RowsScope | undefined, sort?: Sort): Rows<V> {
  const client = useClient();
  const rows = new Rows<V>(sort);
  const wanted = $derived.by(() => {
    const now = scope();
    return now && JSON.stringify(now);
  });

  // Another cluster, namespace or search is another table; a part further down is not.
  $effect.pre(() => {
    rerunFor(wanted);
    rows.restart();
  });

  $effect(() => {
    rerunFor(rows.attempt);
    rows.error = undefined;
    if (wanted === undefined) return;
    const query = { ...(JSON.parse(wanted) as RowsScope), ...rows.part };
    const window = new RowsWindow(view);
    let open = true;
    let first = true;
    const publish = (): void => {
      if (!open) return;
      rows.offset = query.offset;
      rows.rows = window.rows;
      rows.total = window.total;
      rows.matched = window.matched;
      rows.loading = false;
      if (!first) return;
      first = false;
      rows.arrived();
    };
    const fail = (error: AppError): void => {
      rows.error = error;
      rows.loading = false;
      rows.arrived();
    };
    const stream = client.open(
      'cluster.rows',
      { view, ...query, ...(rows.sort ? { sort: rows.sort } : {}) },
      {
        event(event) {
          try {
            window.apply(event);
          } catch (error) {
            fail(AppError.from(error));
            return;
          }
          onNextFrame(publish);
        },
        failed: fail,
      },
    );
    return () => {
      open = false;
      stream[Symbol.dispose]();
    };
  });
  return rows;
}
