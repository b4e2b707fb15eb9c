import { expect, it } from 'vitest';
import { Quitting } from './quit.ts';

function quitting(answers: boolean[], shutDown: () => Promise<void> = async () => undefined) {
  const order: string[] = [];
  const asks: (() => void)[] = [];
  const quit = new Quitting(
    async () => {
      order.push('ask');
      const answer = answers.shift()!;
      await new Promise<void>((resolve) => asks.push(resolve));
      return answer;
    },
    async () => {
      order.push('shut down');
      await shutDown();
    },
    (code) => order.push(`exit ${code}`),
  );
  let prevented = 0;
  const beforeQuit = () => quit.onBeforeQuit({ preventDefault: () => prevented++ });
  const answer = async () => {
    asks.shift()!();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { quit, order, beforeQuit, answer, prevented: () => prevented };
}

it('asks once, closes everything, then exits', async () => {
  const { order, beforeQuit, answer, prevented } = quitting([true]);
  beforeQuit();
  beforeQuit();
  expect(order).toEqual(['ask']);
  await answer();
  expect(order).toEqual(['ask', 'shut down', 'exit 0']);
  beforeQuit();
  expect(prevented()).toBe(3);
  expect(order).toHaveLength(3);
});

it('stays when the user wants to, and asks again the next time', async () => {
  const { order, beforeQuit, answer } = quitting([false, true]);
  beforeQuit();
  await answer();
  expect(order).toEqual(['ask']);
  beforeQuit();
  await answer();
  expect(order).toEqual(['ask', 'ask', 'shut down', 'exit 0']);
});

it('leaves without asking when a signal says so, once', async () => {
  const { quit, order } = quitting([]);
  await Promise.all([quit.leave(), quit.leave()]);
  expect(order).toEqual(['shut down', 'exit 0']);
});

it('exits with an error when something cannot be closed', async () => {
  const { quit, order } = quitting([], () => Promise.reject(new Error('stuck')));
  await quit.leave();
  expect(order).toEqual(['shut down', 'exit 1']);
});
