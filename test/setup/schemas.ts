import { buildSchemas } from '../../scripts/build/schemas.ts';
import { runTask } from '../../scripts/build/task.ts';

/** The shapes of the built-in kinds, which the master and the engine of common/kube read. */
export default async function build(): Promise<void> {
  await runTask(buildSchemas);
}
