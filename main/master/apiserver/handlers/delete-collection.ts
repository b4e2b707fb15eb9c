import { isStatus } from '#common/kube/status-error.ts';
import type { Api } from '../api.ts';
import { deleteObject } from './delete.ts';
import type { DeleteOptions } from './delete-options.ts';
import { listObjects, type ListAnswer, type ListQuery } from './list.ts';
import type { WriteRequest } from './request.ts';

/** Together so many deletions share a commit. */
const PARALLEL = 100;

/** Deletes all objects that the query selects, and tells which they were. */
export async function deleteCollection(
  api: Api,
  request: WriteRequest,
  query: ListQuery,
  options: DeleteOptions,
): Promise<ListAnswer> {
  const list = await listObjects(api, request, query);
  for (let start = 0; start < list.objects.length; start += PARALLEL) {
    await Promise.all(
      list.objects.slice(start, start + PARALLEL).map(async ({ value }) => {
        const one = { ...request, namespace: value.metadata.namespace ?? '', name: value.metadata.name };
        try {
          await deleteObject(api, one, options);
        } catch (error) {
          // Someone else was quicker.
          if (!isStatus(error, 'NotFound')) throw error;
        }
      }),
    );
  }
  return list;
}
