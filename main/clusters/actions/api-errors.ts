import { AppError } from '#common/base/app-error.ts';
import { StatusError } from '#common/kube/status-error.ts';

/** Runs something on the API; what the API refuses is told in its own words. */
export async function onApi<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    if (error.reason === 'AlreadyExists') throw new AppError('name-taken', { params: { name }, cause: error });
    throw new AppError('refused-by-api', { params: { message: error.message }, cause: error });
  }
}
