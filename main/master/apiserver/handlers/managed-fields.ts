import { compareFields } from '#common/kube/managed-fields/compare.ts';
import { areValid, isReset, trackUpdate, type ManagedFieldsEntry } from '#common/kube/managed-fields/managers.ts';
import type { Stored } from '#common/kube/object.ts';
import { apiVersionOf } from '#common/kube/resources.ts';
import { timeText } from '#common/kube/time.ts';
import type { Api } from '../api.ts';
import type { Draft } from '../kind.ts';
import type { WriteRequest } from './request.ts';

const STATUS_ONLY: ReadonlySet<string> = new Set(['status']);

/** Notes in the draft's managedFields who changed what since `old` (fieldmanager.FieldManager.UpdateNoErrors). */
export function trackFields(api: Api, request: WriteRequest, draft: Draft, old: Stored | undefined): void {
  const { kind, subresource } = request;
  const live = old?.metadata.managedFields ?? [];
  const entries = startingEntries(subresource === '' ? draft.metadata.managedFields : undefined, live);
  delete draft.metadata.managedFields;
  // Nobody is tracked where tracking was given up.
  if (old && entries.length === 0) return;
  const change = compareFields(
    api.schemas,
    kind.type,
    { ...old },
    { ...draft },
    // A status with a door of its own cannot be set through the main one.
    subresource === '' && kind.subresources?.['status'] ? STATUS_ONLY : undefined,
  );
  const by = { manager: request.fieldManager, apiVersion: apiVersionOf(kind.resource), subresource };
  const tracked = trackUpdate(entries, change, by, timeText(api.clock.now()));
  if (tracked.length > 0) draft.metadata.managedFields = [...tracked];
}

/** What a client sends counts when it makes sense; one that sends nothing does not mean to delete it. */
function startingEntries(
  sent: readonly ManagedFieldsEntry[] | undefined,
  live: readonly ManagedFieldsEntry[],
): readonly ManagedFieldsEntry[] {
  if (isReset(sent)) return [];
  return sent && sent.length > 0 && areValid(sent) ? sent : live;
}
