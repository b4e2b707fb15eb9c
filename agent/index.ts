import { realClock } from '#common/base/clock.ts';
import { describeError, lineLog } from '#common/base/log.ts';
import { secureRandom } from '#common/base/random.ts';
import type { AgentConfig } from '#common/contract/agent-config.ts';
import { runAgent } from './agent.ts';
import type { AgentContext } from './base/context.ts';
import { DEFAULT_CONFIG_FILE, readConfig } from './config.ts';
import { Containerd } from './cri/containerd.ts';
import type { Runtime } from './cri/runtime.ts';
import { leaveMachine, stopPods } from './leave.ts';

/**
 * `node agent.cjs [config file]`: runs until it is told to end by SIGTERM or SIGINT.
 * `node agent.cjs stop-pods | leave`: while no agent runs, stops all pods, or takes all that agents made off the machine.
 */
async function main(): Promise<void> {
  const log = lineLog((line) => process.stdout.write(`${line}\n`));
  const context: AgentContext = { clock: realClock, random: secureRandom, log };
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort());
  const [argument] = process.argv.slice(2);
  try {
    switch (argument) {
      case 'stop-pods':
        await withRuntime((_config, runtime) => stopPods(runtime));
        return;
      case 'leave':
        await withRuntime((config, runtime) => leaveMachine(config, runtime, context));
        return;
      default:
        await runAgent(await readConfig(argument ?? DEFAULT_CONFIG_FILE), context, stop.signal);
        log.info('the agent ends, its pods go on');
    }
  } catch (error) {
    if (stop.signal.aborted) return;
    log.error('the agent cannot go on', { error: describeError(error) });
    process.exitCode = 1;
  }
}

async function withRuntime(work: (config: AgentConfig, runtime: Runtime) => Promise<void>): Promise<void> {
  const config = await readConfig(DEFAULT_CONFIG_FILE);
  using runtime = new Containerd(config.runtimeEndpoint);
  await work(config, runtime);
}

void main();
