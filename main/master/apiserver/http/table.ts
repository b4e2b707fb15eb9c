import type { Stored } from '#common/kube/object.ts';
import type { Kind } from '../kind.ts';

export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** meta.k8s.io/v1 Table: what kubectl prints, made here so that every client shows the same. */
export function tableOf(
  kind: Kind,
  objects: readonly { readonly value: Stored }[],
  listMeta: Readonly<Record<string, unknown>>,
  options: { readonly include: IncludeObject; readonly now: number; readonly headers?: boolean },
): unknown {
  const definitions = kind.columns.map(({ name, type, format = '', description, priority = 0 }) => ({
    name,
    type,
    format,
    description,
    priority,
  }));
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: listMeta,
    columnDefinitions: options.headers === false ? [] : definitions,
    rows: objects.map(({ value }) => ({
      cells: kind.cells(value, options.now),
      ...rowObject(value, options.include),
    })),
  };
}

function rowObject(value: Stored, include: IncludeObject): { object?: unknown } {
  switch (include) {
    case 'None':
      return {};
    case 'Object':
      return { object: value };
    case 'Metadata':
      return { object: partialMetadata(value) };
    default:
      return include satisfies never;
  }
}

/** meta.k8s.io/v1 PartialObjectMetadata: an object without its content. */
export function partialMetadata(value: Stored): unknown {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: value.metadata };
}
