import { AppError } from '#common/base/app-error.ts';
import { sleep } from '#common/base/clock.ts';
import type { NodeContext } from '../node-context.ts';
import type { Step } from '../step.ts';

const PATIENCE_MS = 90_000;
const LOOK_AGAIN_MS = 100;

/** Waits until the machine lets us in by SSH. */
export const connect: Step<NodeContext> = {
  id: 'connect',
  expectedMs: 400,

  async isDone(context, signal) {
    try {
      await (await context.ssh(signal)).run(['true'], { signal });
      return true;
    } catch (error) {
      if (isTemporary(error)) return false;
      throw error;
    }
  },

  async run(context, report, signal) {
    const started = context.clock.monotonic();
    for (;;) {
      try {
        const connection = await context.ssh(signal);
        report({ line: `Logged in at ${connection.target.host}` });
        return;
      } catch (error) {
        const waited = context.clock.monotonic() - started;
        if (!isTemporary(error) || waited > PATIENCE_MS) throw error;
        const { host, port, reason } = error.params;
        report({ line: `Waiting for SSH at ${host}:${port}: ${reason} (${Math.round(waited / 1_000)} s)` });
      }
      // Nothing tells from afar when a machine's SSH server is up.
      await sleep(context.clock, LOOK_AGAIN_MS, signal);
    }
  },
};

function isTemporary(error: unknown): error is AppError {
  return error instanceof AppError && error.code === 'ssh-unreachable';
}
