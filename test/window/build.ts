import { runAllTasks } from '../../scripts/build/tasks.ts';

/** The tests of the window are about the app as it ships. */
export default async function build(): Promise<void> {
  await runAllTasks();
}
