import { describe, expect, it } from 'vitest';
import type { Stored } from '../object.ts';
import type { Pod } from '../resources.ts';
import { podSummary } from './status-word.ts';

type Status = NonNullable<Stored<Pod>['status']>;
type ContainerStatus = NonNullable<Status['containerStatuses']>[number];

interface Case {
  readonly title: string;
  readonly status?: Status;
  readonly containers?: readonly Partial<ContainerStatus>[];
  readonly init?: readonly Partial<ContainerStatus>[];
  /** Names of init containers that are sidecars. */
  readonly sidecars?: readonly string[];
  readonly deleted?: boolean;
  readonly shows: string;
}

const RUNNING = { ready: true, started: true, state: { running: {} } };
const waiting = (reason: string) => ({ state: { waiting: { reason } } });
const ended = (exitCode: number, reason?: string, signal?: number) => ({
  state: { terminated: { exitCode, ...(reason ? { reason } : {}), ...(signal ? { signal } : {}) } },
});
const restarted = (restartCount: number, finishedAt: string) => ({
  restartCount,
  lastState: { terminated: { exitCode: 1, finishedAt } },
});

function podOf({ status = {}, containers = [], init = [], sidecars = [], deleted = false }: Case): Stored<Pod> {
  const named = (prefix: string, list: readonly Partial<ContainerStatus>[]): ContainerStatus[] =>
    list.map((one, index) => ({
      name: `${prefix}${index}`,
      image: 'a',
      imageID: '',
      ready: false,
      restartCount: 0,
      ...one,
    }));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'a',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '2030-01-01T00:00:00Z',
      ...(deleted ? { deletionTimestamp: '2030-01-01T00:00:00Z' } : {}),
    },
    spec: {
      containers: containers.length === 0 ? [{ name: 'c0' }] : containers.map((_, index) => ({ name: `c${index}` })),
      initContainers: init.map((_, index) => ({
        name: `i${index}`,
        ...(sidecars.includes(`i${index}`) ? { restartPolicy: 'Always' } : {}),
      })),
    },
    status: {
      ...status,
      containerStatuses: named('c', containers),
      initContainerStatuses: named('i', init),
    },
  };
}

// What kubectl prints for such pods: READY STATUS RESTARTS.
const cases: readonly Case[] = [
  { title: 'nothing reported', status: { phase: 'Pending' }, shows: '0/1 Pending 0' },
  { title: 'a reason of the pod', status: { phase: 'Failed', reason: 'Evicted' }, shows: '0/1 Evicted 0' },
  {
    title: 'held back by gates',
    status: {
      phase: 'Pending',
      conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
    },
    shows: '0/1 SchedulingGated 0',
  },
  {
    title: 'being made',
    status: { phase: 'Pending' },
    containers: [waiting('ContainerCreating')],
    shows: '0/1 ContainerCreating 0',
  },
  { title: 'running', status: { phase: 'Running' }, containers: [RUNNING], shows: '1/1 Running 0' },
  {
    title: 'running, and not ready',
    status: { phase: 'Running' },
    containers: [{ ...RUNNING, ready: false }],
    shows: '0/1 Running 0',
  },
  {
    title: 'crashing',
    status: { phase: 'Running' },
    containers: [
      { ...RUNNING, ...restarted(1, '2030-01-01T00:00:10Z') },
      { ...waiting('CrashLoopBackOff'), ...restarted(4, '2030-01-01T00:00:05Z') },
    ],
    shows: '1/2 CrashLoopBackOff 5 2030-01-01T00:00:10Z',
  },
  {
    title: 'two words: the first container’s',
    status: { phase: 'Pending' },
    containers: [waiting('ErrImagePull'), waiting('ImagePullBackOff')],
    shows: '0/2 ErrImagePull 0',
  },
  {
    title: 'ended well',
    status: { phase: 'Succeeded' },
    containers: [ended(0, 'Completed')],
    shows: '0/1 Completed 0',
  },
  { title: 'ended badly', status: { phase: 'Failed' }, containers: [ended(1, 'Error')], shows: '0/1 Error 0' },
  { title: 'ended without a reason', status: { phase: 'Failed' }, containers: [ended(3)], shows: '0/1 ExitCode:3 0' },
  {
    title: 'ended by a signal',
    status: { phase: 'Failed' },
    containers: [ended(137, undefined, 9)],
    shows: '0/1 Signal:9 0',
  },
  {
    title: 'one has completed, the other runs, the pod is ready',
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    containers: [ended(0, 'Completed'), RUNNING],
    shows: '1/2 Running 0',
  },
  {
    title: 'one has completed, the other runs, the pod is not ready',
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }] },
    containers: [ended(0, 'Completed'), RUNNING],
    shows: '1/2 NotReady 0',
  },
  { title: 'going', status: { phase: 'Running' }, containers: [RUNNING], deleted: true, shows: '1/1 Terminating 0' },
  {
    title: 'going, and ended',
    status: { phase: 'Succeeded' },
    containers: [ended(0, 'Completed')],
    deleted: true,
    shows: '0/1 Completed 0',
  },
  {
    title: 'going, on a node that is lost',
    status: { phase: 'Running', reason: 'NodeLost' },
    containers: [RUNNING],
    deleted: true,
    shows: '1/1 Unknown 0',
  },
  {
    title: 'the second of two init containers runs',
    status: { phase: 'Pending' },
    init: [ended(0, 'Completed'), { state: { running: {} } }],
    containers: [waiting('PodInitializing')],
    shows: '0/1 Init:1/2 0',
  },
  {
    title: 'an init container waits its turn',
    status: { phase: 'Pending' },
    init: [waiting('PodInitializing')],
    containers: [waiting('PodInitializing')],
    shows: '0/1 Init:0/1 0',
  },
  {
    title: 'an init container crashes; those after it do not count',
    status: { phase: 'Pending' },
    init: [{ ...waiting('CrashLoopBackOff'), ...restarted(3, '2030-01-01T00:00:05Z') }, { restartCount: 9 }],
    containers: [waiting('PodInitializing')],
    shows: '0/1 Init:CrashLoopBackOff 3 2030-01-01T00:00:05Z',
  },
  {
    title: 'an init container failed without a reason',
    status: { phase: 'Pending' },
    init: [ended(2)],
    shows: '0/1 Init:ExitCode:2 0',
  },
  {
    title: 'an init container was killed',
    status: { phase: 'Pending' },
    init: [ended(137, undefined, 9)],
    shows: '0/1 Init:Signal:9 0',
  },
  {
    title: 'init containers are through: their restarts are forgotten',
    status: { phase: 'Running' },
    init: [{ ...ended(0, 'Completed'), ...restarted(3, '2030-01-01T00:00:05Z') }],
    containers: [RUNNING],
    shows: '1/1 Running 0',
  },
  {
    title: 'a sidecar counts as a container',
    status: { phase: 'Running' },
    sidecars: ['i0'],
    init: [{ ...RUNNING, ...restarted(2, '2030-01-01T00:00:05Z') }],
    containers: [{ ...RUNNING, ...restarted(1, '2030-01-01T00:00:03Z') }],
    shows: '2/2 Running 3 2030-01-01T00:00:05Z',
  },
  {
    title: 'a sidecar that has not started holds the rest back',
    status: { phase: 'Pending' },
    sidecars: ['i0'],
    init: [{ state: { running: {} }, started: false }],
    containers: [waiting('PodInitializing')],
    shows: '0/2 Init:0/1 0',
  },
  {
    title: 'an init container is run once more, after the pod was initialised',
    status: { phase: 'Running', conditions: [{ type: 'Initialized', status: 'True' }] },
    sidecars: ['i0'],
    init: [{ ...ended(1, 'Error'), restartCount: 2 }],
    containers: [RUNNING],
    shows: '1/2 Init:Error 2',
  },
];

describe('what kubectl shows of a pod', () => {
  it.each(cases)('$title: $shows', (one) => {
    const { ready, total, status, restarts, lastRestart } = podSummary(podOf(one));
    const shown = [`${ready}/${total}`, status, restarts, lastRestart].filter((part) => part !== undefined);
    expect(shown.join(' ')).toBe(one.shows);
  });
});
