import { describe, expect, test } from 'vitest';
import { useMaster } from './conformance-master.ts';

const PATH = '/api/v1/namespaces/default/pods';

describe('pods', () => {
  const master = useMaster();
  const pod = (name: string, spec: object): object => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec });
  const container = (resources: object): object => ({ name: 'web', image: 'web:1', resources });

  test('[ND15] a pod is of the class of service that its resources make', async () => {
    const both = { cpu: '100m', memory: '100Mi' };
    for (const [name, resources, qosClass] of [
      ['guaranteed', { requests: both, limits: both }, 'Guaranteed'],
      ['limits-only', { limits: both }, 'Guaranteed'],
      ['burstable', { requests: { cpu: '50m' }, limits: { cpu: '100m' } }, 'Burstable'],
      ['best-effort', {}, 'BestEffort'],
    ] as const) {
      const made = await master.api.post(PATH, pod(name, { containers: [container(resources)] }));
      expect(made.status).toBe(201);
      expect(made.json()['status']).toMatchObject({ qosClass });
    }
  });

  test('[ND19] sysctls whose names are none are refused, all of them at once', async () => {
    const sysctls = ['foo-', 'kernel.shmmax', 'safe-and-unsafe', 'bar..', ''].map((name) => ({ name, value: '1' }));
    const answer = await master.api.post(
      PATH,
      pod('sysctls', { securityContext: { sysctls }, containers: [container({})] }),
    );
    expect(answer.status).toBe(422);
    expect(answer.json()).toMatchObject({
      reason: 'Invalid',
      details: {
        causes: [
          { field: 'spec.securityContext.sysctls[0].name', reason: 'FieldValueInvalid' },
          { field: 'spec.securityContext.sysctls[3].name', reason: 'FieldValueInvalid' },
          { field: 'spec.securityContext.sysctls[4].name', reason: 'FieldValueRequired' },
        ],
      },
    });
  });
});
