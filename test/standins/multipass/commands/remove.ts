import { doesNotExist } from '../command-failure.ts';
import { visibleInstance, visibleInstances, type Context } from '../context.ts';
import type { Instance } from '../instances.ts';
import { existing, names } from './power.ts';

/** Without `--purge` it keeps its name and its disk. */
export async function remove(context: Context, args: readonly string[]): Promise<void> {
  const forGood = args.includes('--purge') || args.includes('-p');
  for (const name of names(args)) {
    if (forGood) {
      const instance = await visibleInstance(context, name);
      if (!instance) throw doesNotExist(name);
      await erase(context, instance);
    } else {
      await context.backend.stop(await existing(context, name));
      await context.instances.change(name, { state: 'Deleted' });
    }
  }
}

/** Of all that are deleted, whoever they belong to. */
export async function purge(context: Context): Promise<void> {
  for (const instance of await visibleInstances(context)) {
    if (instance.state === 'Deleted') await erase(context, instance);
  }
}

export async function recover(context: Context, args: readonly string[]): Promise<void> {
  for (const name of names(args)) {
    const instance = await visibleInstance(context, name);
    if (!instance) throw doesNotExist(name);
    if (instance.state === 'Deleted') await context.instances.change(name, { state: 'Stopped' });
  }
}

async function erase({ backend, instances }: Context, instance: Instance): Promise<void> {
  await backend.delete(instance);
  await instances.remove(instance.name);
}
