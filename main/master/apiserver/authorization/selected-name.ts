import { pathSegmentProblems } from '#common/kube/names.ts';
import { FieldSelector } from '#common/kube/selectors/fields.ts';
import { SelectorError } from '#common/kube/selectors/labels.ts';

/**
 * The one object that a list or watch is about, when its field selector names it: rights to a single object
 * are enough to follow it (apiserver pkg/endpoints/request). Empty when there is none.
 */
export function selectedName(fieldSelector: string | undefined): string {
  const name = requiredField(fieldSelector, 'metadata.name') ?? '';
  return pathSegmentProblems(name).length === 0 ? name : '';
}

/** The value that the selector asks of a field; a selector that cannot be read asks for nothing. */
export function requiredField(fieldSelector: string | undefined, field: string): string | undefined {
  if (!fieldSelector?.includes(field)) return undefined;
  try {
    return FieldSelector.parse(fieldSelector).requiredValue(field);
  } catch (error) {
    if (error instanceof SelectorError) return undefined;
    throw error;
  }
}
