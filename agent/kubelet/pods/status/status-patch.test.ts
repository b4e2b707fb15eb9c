import { describe, expect, it } from 'vitest';
import type { KubeletPodStatus } from './pod-status.ts';
import { statusPatch } from './status-patch.ts';

const wanted: KubeletPodStatus = {
  phase: 'Running',
  hostIP: '10.89.0.11',
  hostIPs: [{ ip: '10.89.0.11' }],
  podIP: '10.244.1.3',
  podIPs: [{ ip: '10.244.1.3' }],
  startTime: '2030-01-01T00:00:00Z',
  conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2030-01-01T00:00:00Z' }],
  containerStatuses: [],
};

describe('the patch of a status', () => {
  it('is nothing when the API has it already, beside what is not ours', () => {
    const stored = {
      ...wanted,
      qosClass: 'BestEffort' as const,
      conditions: [{ ...wanted.conditions![0]!, lastProbeTime: null as unknown as string }],
    };
    expect(statusPatch('uid', stored, wanted)).toBeUndefined();
  });

  it('has only what differs, and the uid that it is for', () => {
    expect(statusPatch('uid', { ...wanted, phase: 'Pending' }, wanted)).toEqual({
      metadata: { uid: 'uid' },
      status: { phase: 'Running' },
    });
  });

  it('replaces addresses instead of adding to them', () => {
    const before = { ...wanted, podIP: '10.244.1.2', podIPs: [{ ip: '10.244.1.2' }] };
    expect(statusPatch('uid', before, wanted)?.['status']).toEqual({
      podIP: '10.244.1.3',
      podIPs: [{ $patch: 'replace' }, { ip: '10.244.1.3' }],
    });
  });

  it('takes away what no longer holds', () => {
    const { podIP: _ip, podIPs: _ips, ...without } = wanted;
    const before = {
      ...wanted,
      conditions: [{ type: 'Ready', status: 'False' as const, reason: 'ContainersNotReady', message: 'x' }],
    };
    expect(statusPatch('uid', before, without)?.['status']).toEqual({
      podIP: null,
      podIPs: null,
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          lastTransitionTime: '2030-01-01T00:00:00Z',
          reason: null,
          message: null,
        },
      ],
    });
  });
});
