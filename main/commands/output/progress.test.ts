import { describe, expect, it } from 'vitest';
import type { OperationProgress } from '#common/contract/cluster.ts';
import { picture, plainView } from './progress.ts';

const progress = (line: string, state: 'running' | 'failed' = 'running'): OperationProgress => ({
  kind: 'create',
  state: 'running',
  startedAt: 0,
  fraction: 0.5,
  steps: [
    { id: 'prepare', expectedMs: 1, state: 'done', startedAt: 0, finishedAt: 1200, nodes: [] },
    {
      id: 'node',
      expectedMs: 1,
      state,
      startedAt: 1200,
      nodes: [
        { node: 'demo-1', state, startedAt: 1200, line },
        { node: 'demo-2', state: 'waiting' },
      ],
    },
    { id: 'verify', expectedMs: 1, state: 'waiting', nodes: [{ node: 'demo-1', state: 'waiting' }] },
  ],
});

describe('on a terminal', () => {
  it('all steps are shown, with what each node is at', () => {
    expect(picture(progress('Node.js: 3 of 127 MB'), '*', 80).split('\n')).toEqual([
      '✓ Prepare this computer  1.2 s',
      '* Install Node.js',
      '    * demo-1 Node.js: 3 of 127 MB',
      '    · demo-2',
      '· Verify with a test pod',
    ]);
  });

  it('no line is wider than the terminal', () => {
    for (const line of picture(progress('x'.repeat(200)), '*', 40).split('\n')) {
      expect(line.length).toBeLessThanOrEqual(40);
    }
  });
});

describe('in a pipe', () => {
  it('each thing is said once, and of counting numbers one now and then', () => {
    const printed: string[] = [];
    let now = 0;
    const view = plainView(
      (line) => printed.push(line),
      () => now,
    );
    for (const megabytes of [1, 2, 3]) view.show(progress(`Node.js: ${megabytes} of 127 MB`));
    now = 2_000;
    view.show(progress('Node.js: 90 of 127 MB'));
    view.show(progress('Node.js v24'));
    view.show(progress('Node.js v24', 'failed'));
    expect(printed).toEqual([
      'Prepare this computer: done  1.2 s',
      'Install Node.js (demo-1): Node.js: 1 of 127 MB',
      'Install Node.js (demo-1): Node.js: 90 of 127 MB',
      'Install Node.js (demo-1): Node.js v24',
      'Install Node.js (demo-1): failed',
    ]);
  });
});
