import { buildAgent } from './build/agent.ts';
import { buildImages } from './build/images.ts';
import { buildMain } from './build/main.ts';
import { buildRenderer } from './build/renderer.ts';
import { buildSchemas } from './build/schemas.ts';
import { runTask, type Task } from './build/task.ts';

/** Everything that is made from source before the app can run, in build/. */
const tasks: readonly Task[] = [buildSchemas, buildMain, buildAgent, buildRenderer, buildImages];

/** `node scripts/build.ts [task...]`: builds what has changed since the last time. */
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !tasks.some((task) => task.name === name));
if (unknown.length > 0) {
  console.error(`Unknown build task: ${unknown.join(', ')}. There are: ${tasks.map((task) => task.name).join(', ')}.`);
  process.exit(1);
}
await Promise.all(
  tasks.filter((task) => wanted.length === 0 || wanted.includes(task.name)).map((task) => runTask(task)),
);
