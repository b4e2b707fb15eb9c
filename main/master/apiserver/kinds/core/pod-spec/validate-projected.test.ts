import { expect, it } from 'vitest';
import type { IVolume } from 'kubernetes-models/v1/Volume';
import { fieldErrorText } from '#common/kube/field-error.ts';
import { validatePodSpec } from './validate.ts';

function problems(volume: Omit<IVolume, 'name'>): string[] {
  const spec = {
    containers: [{ name: 'web', image: 'web', imagePullPolicy: 'Always' }],
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    volumes: [{ name: 'v', ...volume }],
  } as const;
  return validatePodSpec(structuredClone(spec) as unknown as Parameters<typeof validatePodSpec>[0], 'spec').map(
    fieldErrorText,
  );
}
const at = 'spec.volumes[0]';

it('takes what pods are given by default', () => {
  const sources = [
    { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
  ];
  expect(problems({ projected: { sources } })).toEqual([]);
});

it.each([
  [
    { projected: { sources: [{ serviceAccountToken: { path: 'a', expirationSeconds: 599 } }] } },
    `${at}.projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes`,
  ],
  [
    { projected: { sources: [{ serviceAccountToken: { path: '' } }] } },
    `${at}.projected.sources[0].serviceAccountToken.path: Required value`,
  ],
  [
    { projected: { sources: [{ serviceAccountToken: { path: '../x' } }] } },
    `${at}.projected.sources[0].serviceAccountToken.path: Invalid value: "../x": must not contain '..'`,
  ],
  [
    {
      projected: {
        sources: [{ serviceAccountToken: { path: 'a' } }, { secret: { name: 's', items: [{ key: 'k', path: 'a' }] } }],
      },
    },
    `${at}.projected.sources[1].secret.items[0].path: Invalid value: "a": conflicting duplicate paths`,
  ],
  [
    { projected: { sources: [{ secret: { name: 's' }, configMap: { name: 'c' } }] } },
    `${at}.projected.sources[0].configMap: Forbidden: may not specify more than 1 volume type per source`,
  ],
  [{ projected: { sources: [{ configMap: {} }] } }, `${at}.projected.sources[0].configMap.name: Required value`],
  [
    { downwardAPI: { items: [{ path: '/etc/passwd', fieldRef: { fieldPath: 'metadata.name' } }] } },
    `${at}.downwardAPI.path: Invalid value: "/etc/passwd": must be a relative path`,
  ],
  [
    { downwardAPI: { items: [{ path: 'ip', fieldRef: { fieldPath: 'status.podIP' } }] } },
    `${at}.downwardAPI.fieldRef.fieldPath: Invalid value: "status.podIP": error converting fieldPath: field label not supported`,
  ],
  [
    { downwardAPI: { items: [{ path: 'cpu', resourceFieldRef: { resource: 'limits.cpu' } }] } },
    `${at}.downwardAPI.resourceFieldRef.containerName: Required value`,
  ],
])('refuses what could not be mounted (%#)', (volume, problem) => {
  expect(problems(volume)).toEqual([problem]);
});
