import { describe, expect, it } from 'vitest';
import type { Pod } from '#common/kube/resources.ts';
import { podObject, stored } from '../../../../test/support/objects.ts';
import { deletionOrder } from './deletion-order.ts';

interface State {
  readonly node?: string;
  readonly phase?: 'Pending' | 'Unknown' | 'Running';
  readonly ready?: string | true;
  readonly cost?: string;
  readonly restarts?: number;
  readonly created?: string;
}

/** A pod that has run on node `n` since the new year, but for what is said. */
function pod(name: string, { node = 'n', phase = 'Running', ready = '2030-01-01T00:00:10Z', ...state }: State): Pod {
  return podObject(name, {
    metadata: {
      creationTimestamp: state.created ?? '2030-01-01T00:00:00Z',
      ...(state.cost === undefined
        ? {}
        : { annotations: { 'controller.kubernetes.io/pod-deletion-cost': state.cost } }),
    },
    spec: node === '' ? {} : { nodeName: node },
    status: {
      phase,
      conditions:
        ready === ''
          ? []
          : [{ type: 'Ready', status: 'True', ...(ready === true ? {} : { lastTransitionTime: ready }) }],
      containerStatuses: [{ name: 'web', image: 'web:1', imageID: '', ready: true, restartCount: state.restarts ?? 0 }],
    },
  });
}

const order = (...pods: readonly Pod[]): string[] =>
  deletionOrder(pods.map(stored)).map(({ metadata }) => metadata.name);

describe('of too many pods', () => {
  // Each pair differs in one thing; upstream's ActivePodsWithRanks.
  it.each<[string, State, State]>([
    ['one without a node', { node: '' }, {}],
    ['one that is pending', { phase: 'Pending' }, { phase: 'Running' }],
    ['one that is pending rather than unknown', { phase: 'Pending' }, { phase: 'Unknown' }],
    ['one that is not ready', { ready: '' }, {}],
    ['the one that costs less to lose', { cost: '-5' }, {}],
    ['the one that has been ready for a shorter time', { ready: '2030-01-01T00:05:00Z' }, {}],
    ['one that does not say since when it is ready', { ready: true }, {}],
    ['the one that restarted more often', { restarts: 3 }, { restarts: 1 }],
    ['the younger one', { created: '2030-01-01T00:00:05Z' }, {}],
  ])('%s goes first', (_, goes, stays) => {
    expect(order(pod('stays', stays), pod('goes', goes))).toEqual(['goes', 'stays']);
    expect(order(pod('goes', goes), pod('stays', stays))).toEqual(['goes', 'stays']);
  });

  it('one that shares its node with more of the set goes first', () => {
    const pods = [pod('alone', { node: 'a' }), pod('crowded-1', { node: 'b' }), pod('crowded-2', { node: 'b' })];
    expect(order(...pods).at(-1)).toBe('alone');
  });

  it('having no node weighs more than being ready, and readiness more than cost', () => {
    const pods = [
      pod('dear', { cost: '100' }),
      pod('unready', { ready: '', cost: '1000' }),
      pod('unplaced', { node: '', cost: '2000' }),
    ];
    expect(order(...pods)).toEqual(['unplaced', 'unready', 'dear']);
  });

  it('a cost that is no number counts as none', () => {
    expect(order(pod('a', { cost: 'much' }), pod('b', { cost: '1' }), pod('c', { cost: '-1' }))).toEqual([
      'c',
      'a',
      'b',
    ]);
  });
});
