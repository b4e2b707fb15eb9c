import { localFileDigest } from '../file-digest.ts';
import { runtimeFor } from '../node-assets.ts';
import { nodePaths, type NodeContext } from '../node-context.ts';
import type { Step } from '../step.ts';

const MB = 1_000_000;

/** The Node.js program that runs the agent. */
export const node: Step<NodeContext> = {
  id: 'node',
  expectedMs: 2_000,

  async isDone(context, signal) {
    const connection = await context.ssh(signal);
    const wanted = await localFileDigest(await runtimeFor(context.assets, connection, signal));
    return (await connection.digest(nodePaths.runtime, signal)) === wanted;
  },

  async run(context, report, signal) {
    const connection = await context.ssh(signal);
    const program = await runtimeFor(context.assets, connection, signal);
    await connection.upload(program, nodePaths.runtime, {
      mode: 0o755,
      signal,
      onProgress: (there, total) =>
        report({ fraction: there / total, line: `Node.js: ${Math.floor(there / MB)} of ${Math.ceil(total / MB)} MB` }),
    });
    const { stdout } = await connection.run([nodePaths.runtime, '--version'], { signal });
    report({ fraction: 1, line: `Node.js ${stdout.trim()}` });
  },
};
