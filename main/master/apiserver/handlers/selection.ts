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
    if (field === 'metadata.name' || (field === 'metadata.namespace' && isNamespaceSelectable(kind))) continue;
    if (kind.selectableFields && Object.hasOwn(kind.selectableFields, field)) continue;
    throw statusError.badRequest(
      kind.selectableFields
        ? `field label not supported: ${field}`
        : `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
    );
  }
  return {
    everything: labels.isEverything && fields.isEverything,
    matches: (object) =>
      labels.matches(object.metadata.labels) && fields.matches((field) => fieldOf(kind, object, field)),
  };
}

/** Upstream lets it be asked also of what has no namespace, unless the kind says what it can be asked for. */
function isNamespaceSelectable(kind: Kind): boolean {
  return kind.resource.namespaced || !kind.selectableFields;
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
