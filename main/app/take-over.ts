import { AppError } from '#common/base/app-error.ts';
import { sleep, type Clock } from '#common/base/clock.ts';
import { endInstance } from '../instance/end.ts';
import { Instance } from '../instance/instance.ts';

const PATIENCE_MS = 20_000;
const LOOK_AGAIN_MS = 100;

/**
 * Opens what needs the home. An instance without a window of its own, as commands start it, is asked to end and its
 * clusters are taken over: their machines do not notice. Throws `home-in-use` where another window has it.
 */
export async function takeOver<T>(home: string, clock: Clock, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (!isInUse(error)) throw error;
    using instance = await Instance.find(home);
    if (!instance) throw error;
    const { door } = await instance.call('app.info', {});
    if (door !== 'browser') throw error;
    await endInstance(instance);
  }
  // It lets go of the home last.
  const end = clock.monotonic() + PATIENCE_MS;
  for (;;) {
    try {
      return await open();
    } catch (error) {
      if (!isInUse(error) || clock.monotonic() >= end) throw error;
      await sleep(clock, LOOK_AGAIN_MS);
    }
  }
}

function isInUse(error: unknown): boolean {
  return error instanceof AppError && error.code === 'home-in-use';
}
