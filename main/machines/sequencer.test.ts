import { expect, test } from 'vitest';
import { Sequencer } from './sequencer.ts';

test('work on the same key runs in order, one at a time, and failures hold up nobody', async () => {
  const sequencer = new Sequencer();
  const events: string[] = [];
  const work = (name: string) => async (): Promise<string> => {
    events.push(`${name} begins`);
    await new Promise((resolve) => setImmediate(resolve));
    events.push(`${name} ends`);
    if (name === 'b') throw new Error('b failed');
    return name;
  };
  const results = await Promise.allSettled(['a', 'b', 'c'].map((name) => sequencer.run('key', work(name))));
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(events).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

test('work on different keys does not wait', async () => {
  const sequencer = new Sequencer();
  const never = sequencer.run('one', () => new Promise<never>(() => undefined));
  expect(await sequencer.run('two', async () => 'done')).toBe('done');
  void never;
});
