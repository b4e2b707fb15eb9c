import { AppError } from '#common/base/app-error.ts';
import type { Instance } from './instance.ts';

/** Asks an app to end; resolves once it no longer listens. */
export async function endInstance(instance: Instance): Promise<void> {
  const { promise: gone, resolve } = Promise.withResolvers<void>();
  using following = instance.follow('clusters.watch', {}, () => undefined);
  following.failed.catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'connection-lost') resolve();
  });
  await instance.call('app.quit', {}).catch(unlessLost);
  await gone;
}

/** It may be gone before it has answered. */
function unlessLost(error: unknown): void {
  if (!(error instanceof AppError && error.code === 'connection-lost')) throw error;
}
