import { spawn } from 'node:child_process';
import path from 'node:path';
import { ROOT } from './build/task.ts';
import { runAllTasks } from './build/tasks.ts';

/** `npm start`: builds what has changed, then opens the app; `npm start -- --port 8080` passes options on. */
await runAllTasks();
const app = spawn(process.execPath, [path.join(ROOT, 'build/main/cli.js'), ...process.argv.slice(2)], {
  stdio: 'inherit',
});
// Ctrl-C reaches the app directly; it ends in its own time.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => app.kill(signal));
app.on('exit', (code, signal) => process.exit(code ?? (signal ? 130 : 1)));
