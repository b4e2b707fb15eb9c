import type { Informer } from '#common/client/informer.ts';
import type { KubeObject, Stored } from '#common/kube/object.ts';
import type { View as ViewName, Row } from '#common/contract/rows.ts';

/** One kind of table: its rows as they are now, and who wants to know when they change. */
export interface View<Name extends ViewName = ViewName> {
  readonly synced: Promise<unknown>;
  rows(): readonly Row<Name>[];
  subscribe(changed: () => void): Disposable;
}

type Source = Pick<Informer<never>, 'synced'> & { subscribe(listener: () => void): Disposable };

/**
 * A view over one kind of object: each is projected to its row once per version. Rows may also depend on
 * other informers (`also`); then they are projected anew whenever one of those changes.
 */
export function viewOf<T extends KubeObject, Name extends ViewName>(
  informer: Informer<T>,
  project: (object: Stored<T>) => Row<Name>,
  also: readonly Source[] = [],
): View<Name> {
  let rows = new WeakMap<Stored<T>, Row<Name>>();
  const rowOf = (object: Stored<T>): Row<Name> => {
    let row = rows.get(object);
    if (!row) {
      row = project(object);
      rows.set(object, row);
    }
    return row;
  };
  return {
    synced: Promise.all([informer, ...also].map(({ synced }) => synced)),
    rows: () => informer.list().map(rowOf),
    subscribe(changed) {
      const subscriptions = [
        quiet(informer, changed),
        ...also.map((source) =>
          quiet(source, () => {
            rows = new WeakMap();
            changed();
          }),
        ),
      ];
      return { [Symbol.dispose]: () => subscriptions.forEach((subscription) => subscription[Symbol.dispose]()) };
    },
  };
}

/** Without the objects that are already there, of which an informer tells first. */
function quiet(source: { subscribe(listener: () => void): Disposable }, changed: () => void): Disposable {
  let started = false;
  const subscription = source.subscribe(() => {
    if (started) changed();
  });
  started = true;
  return subscription;
}
