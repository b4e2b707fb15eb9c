import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLog } from '#common/base/log.ts';
import { seededRandom } from '#common/base/random.ts';
import { Scope } from '#common/base/scope.ts';
import { VirtualClock } from '#common/base/virtual-clock.ts';
import { RuntimeError } from '../../cri/runtime.ts';
import { FakeRuntime } from '../../testing/fake-runtime.ts';
import { RuntimeMonitor } from './monitor.ts';

const NO_NETWORK = [
  { type: 'RuntimeReady', status: true, reason: '', message: '' },
  { type: 'NetworkReady', status: false, reason: 'NetworkPluginNotReady', message: 'cni plugin not initialized' },
];

describe('the watch over the runtime', () => {
  let clock: VirtualClock;
  let runtime: FakeRuntime;
  let monitor: RuntimeMonitor;
  let scope: Scope;

  beforeEach(() => {
    clock = new VirtualClock();
    runtime = new FakeRuntime(clock);
    monitor = new RuntimeMonitor(runtime, { clock, random: seededRandom(1), log: silentLog });
    scope = new Scope((error) => expect.unreachable(String(error)));
  });

  afterEach(() => scope.close());

  const start = async () => {
    scope.run('monitor', (signal) => monitor.run(signal));
    await clock.advance(0);
  };

  it('finds it down before it has answered, and well after', async () => {
    expect(monitor.problems).toEqual(['container runtime is down']);
    const listener = { connected: vi.fn(), problemsChanged: vi.fn() };
    monitor.subscribe(listener);
    await start();
    expect(monitor.problems).toEqual([]);
    expect(listener.connected).toHaveBeenCalledOnce();
    expect(listener.problemsChanged).toHaveBeenCalledOnce();
  });

  it('tells in the kubelet’s words what is missing, and when it has come', async () => {
    const { ready } = runtime;
    runtime.ready = NO_NETWORK;
    await start();
    expect(monitor.problems).toEqual([
      'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:cni plugin not initialized',
    ]);
    runtime.ready = ready;
    await clock.advance(200);
    expect(monitor.problems).toEqual([]);
    await clock.advance(60_000);
    expect(clock.pending).toBe(0);
  });

  it('notices its end and its return, and passes on what ends in it', async () => {
    let fail = (): void => undefined;
    let attempts = 0;
    runtime.events = async function* () {
      attempts++;
      if (attempts === 2) throw new RuntimeError('unavailable', 'no connection');
      yield { type: 'subscribed' };
      yield { type: 'exited', containerId: 'c' };
      await new Promise<void>((resolve) => (fail = resolve));
      if (attempts === 1) throw new RuntimeError('unavailable', 'the connection was lost');
    };
    const listener = { connected: vi.fn(), exited: vi.fn() };
    using _subscription = monitor.subscribe(listener);
    await start();
    expect(listener.exited).toHaveBeenCalledWith('c');
    fail();
    await clock.advance(0);
    expect([monitor.isConnected, monitor.problems]).toEqual([false, ['container runtime is down']]);
    await clock.advance(1000);
    expect([attempts, monitor.isConnected]).toEqual([3, true]);
    expect(listener.connected).toHaveBeenCalledTimes(2);
    const closed = scope.close();
    fail();
    await closed;
  });
});
