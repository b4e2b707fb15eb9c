import { EventEmitter } from 'node:events';
import type { PowerMonitor } from 'electron';
import { expect, it } from 'vitest';
import { watchPower } from './power.ts';

it('tells of sleep and waking until it is disposed of', () => {
  const monitor = new EventEmitter();
  const told: string[] = [];
  const watching = watchPower(monitor as unknown as PowerMonitor, {
    suspend: () => told.push('suspend'),
    resume: () => told.push('resume'),
  });
  monitor.emit('suspend');
  monitor.emit('resume');
  watching[Symbol.dispose]();
  monitor.emit('suspend');
  expect(told).toEqual(['suspend', 'resume']);
});
