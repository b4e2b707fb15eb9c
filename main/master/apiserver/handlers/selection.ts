import type { Stored } from '#common/kube/object.ts';
import { FieldSelector } from '#common/kube/selectors/fields.ts';
import { LabelSelector, SelectorError } from '#common/kube/selectors/labels.ts';
import { statusError } from '#common/kube/status-error.ts';
import type { Kind } from '../kind.ts';

export interface SelectionQuery {
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

/** Which objects of a collection a list or watch is about. */
export interface Selection {
  readonly everything: boolean;
  matches(object: Stored): boolean;
}

/** Reads the selectors of a query; throws 400 for what the kind cannot be selected by. */
export function selectionOf(kind: Kind, query: SelectionQuery): Selection {
  const labels = parsed(() => LabelSelector.parse(query.labelSelector ?? ''));
  const fields = parsed(() => FieldSelector.parse(query.fieldSelector ?? ''));
  for (const { field } of fields.requirements) {
    if (field === 'metadata.name' || (field === 'metadata.namespace' && kind.resource.namespaced)) continue;
    if (kind.selectableFields && Object.hasOwn(kind.selectableFields, field)) continue;
    throw statusError.badRequest(
      `Unable to find "${kind.resource.group}/${kind.resource.version}, Resource=${kind.resource.plural}" that match label selector "${query.labelSelector ?? ''}", field selector "${query.fieldSelector ?? ''}": field label not supported: ${field}`,
    );
  }
  return {
    everything: labels.isEverything && fields.isEverything,
    matches: (object) =>
      labels.matches(object.metadata.labels) && fields.matches((field) => fieldOf(kind, object, field)),
  };
}

function fieldOf(kind: Kind, object: Stored, field: string): string {
  switch (field) {
    case 'metadata.name':
      return object.metadata.name;
    case 'metadata.namespace':
      return object.metadata.namespace ?? '';
    default:
      return kind.selectableFields?.[field]?.(object) ?? '';
  }
}

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SelectorError) throw statusError.badRequest(error.message);
    throw error;
  }
}
