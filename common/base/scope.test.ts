import { describe, expect, it } from 'vitest';
import { Scope } from './scope.ts';

const failures: string[] = [];
const scopeOf = (parent?: AbortSignal): Scope => {
  failures.length = 0;
  return new Scope((error, task) => failures.push(`${task}: ${String(error)}`), parent);
};
const holder = (ended: string[], name: string): Disposable => ({ [Symbol.dispose]: () => void ended.push(name) });

describe('a scope', () => {
  it('ends what it holds, last first, one after the other', async () => {
    const scope = scopeOf();
    const ended: string[] = [];
    scope.hold(holder(ended, 'first'));
    scope.defer(async () => {
      await Promise.resolve();
      ended.push('second');
    });
    scope.hold(holder(ended, 'third'));
    await scope.close();
    expect(ended).toEqual(['third', 'second', 'first']);
    await scope.close();
    expect(ended).toHaveLength(3);
  });

  it('ends the rest when one fails to end, and tells of it', async () => {
    const scope = scopeOf();
    const ended: string[] = [];
    scope.hold(holder(ended, 'first'));
    scope.defer(() => {
      throw new Error('stuck');
    });
    await scope.close();
    expect(ended).toEqual(['first']);
    expect(failures).toEqual(['closing: Error: stuck']);
  });

  it('aborts its signal first, and waits for its tasks', async () => {
    const scope = scopeOf();
    const seen: string[] = [];
    scope.run('task', async (signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      await Promise.resolve();
      seen.push('task ended');
    });
    scope.defer(() => void seen.push(scope.signal.aborted ? 'aborted' : 'running'));
    await scope.close();
    expect(seen).toEqual(['aborted', 'task ended']);
    scope.run('late', async () => void seen.push('never'));
    expect(seen).toHaveLength(2);
  });

  it('tells of tasks that fail while it is open, not of those that end by its closing', async () => {
    const scope = scopeOf();
    scope.run('bad', () => Promise.reject(new Error('broken')));
    scope.run('ending', async (signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      throw new Error('aborted');
    });
    await Promise.resolve();
    await Promise.resolve();
    await scope.close();
    expect(failures).toEqual(['bad: Error: broken']);
  });

  it('ends at once what comes too late', async () => {
    const scope = scopeOf();
    const ended: string[] = [];
    scope.defer(() => void scope.hold(holder(ended, 'while closing')));
    await scope.close();
    expect(ended).toEqual(['while closing']);
    scope.hold(holder(ended, 'after'));
    expect(ended).toEqual(['while closing', 'after']);
  });

  it('releases one resource before the others', async () => {
    const scope = scopeOf();
    const ended: string[] = [];
    const one = scope.hold(holder(ended, 'one'));
    await scope.release(one);
    await scope.close();
    expect(ended).toEqual(['one']);
  });

  it('closes with its parent, and lets go of it when it closes first', async () => {
    const parent = new AbortController();
    const ended: string[] = [];
    const child = scopeOf(parent.signal);
    child.hold(holder(ended, 'child'));
    parent.abort();
    await child.close();
    expect(ended).toEqual(['child']);
    expect(scopeOf(parent.signal).signal.aborted).toBe(true);
  });
});
