import type { PowerMonitor } from 'electron';

/** What is to be done when the computer goes to sleep and when it wakes. */
export interface PowerHooks {
  readonly suspend: () => void;
  readonly resume: () => void;
}

export function watchPower(monitor: Pick<PowerMonitor, 'on' | 'off'>, hooks: PowerHooks): Disposable {
  monitor.on('suspend', hooks.suspend);
  monitor.on('resume', hooks.resume);
  return {
    [Symbol.dispose]: () => {
      monitor.off('suspend', hooks.suspend);
      monitor.off('resume', hooks.resume);
    },
  };
}
