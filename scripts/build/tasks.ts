import { buildAgent } from './agent.ts';
import { buildImages } from './images.ts';
import { buildMain } from './main.ts';
import { buildRenderer } from './renderer.ts';
import { buildSchemas } from './schemas.ts';
import { runTask, type Task } from './task.ts';

/** Everything that is made from source before the app can run, in build/. */
export const tasks: readonly Task[] = [buildSchemas, buildMain, buildAgent, buildRenderer, buildImages];

/** Builds what has changed since the last time; all tasks, or those named. */
export async function runAllTasks(names: readonly string[] = tasks.map(({ name }) => name)): Promise<void> {
  await Promise.all(tasks.filter(({ name }) => names.includes(name)).map((task) => runTask(task)));
}
