import { runAllTasks, tasks } from './build/tasks.ts';

/** `node scripts/build.ts [task...]`: builds what has changed since the last time. */
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !tasks.some((task) => task.name === name));
if (unknown.length > 0) {
  console.error(`Unknown build task: ${unknown.join(', ')}. There are: ${tasks.map(({ name }) => name).join(', ')}.`);
  process.exit(1);
}
await runAllTasks(wanted.length > 0 ? wanted : undefined);
