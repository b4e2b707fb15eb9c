import { describe, expect, it } from 'vitest';
import { pod } from '../../../testing/pods.ts';
import type { ContainerSpec } from '../pod.ts';
import { expand } from './expansion.ts';
import { podField } from './field-ref.ts';
import { resourceField } from './resource-field-ref.ts';
import { containerEnvironment, type VariableSources } from './variables.ts';

describe('expansion of $(NAME)', () => {
  const variables = new Map([
    ['A', 'one'],
    ['B', '$(A)'],
    ['EMPTY', ''],
  ]);
  // From the table of upstream's third_party/forked/golang/expansion.
  it.each([
    ['$(A)', 'one'],
    ['x$(A)y$(A)', 'xoneyone'],
    ['$(B)', '$(A)'],
    ['$(EMPTY)!', '!'],
    ['$(MISSING)', '$(MISSING)'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$one'],
    ['$$$$(A)', '$$(A)'],
    ['$(A', '$(A'],
    ['A)', 'A)'],
    ['$A', '$A'],
    ['\\$(A)', '\\one'],
    ['cost: 5$', 'cost: 5$'],
    ['$(A)$', 'one$'],
    ['$', '$'],
    ['$$', '$'],
  ])('makes %j to %j', (written, expected) => {
    expect(expand(written, variables)).toBe(expected);
  });
});

describe('fields of a pod', () => {
  const subject = pod(
    { nodeName: 'node-1', serviceAccountName: 'robot' },
    {},
    {
      labels: { app: 'web', 'a.b/c': 'd' },
      annotations: { note: 'say "hi"\n' },
    },
  );
  const addresses = { podIPs: ['10.244.1.2', 'fd00::2'], hostIPs: ['10.89.0.11'] };
  it.each([
    ['metadata.name', 'web-1'],
    ['metadata.namespace', 'default'],
    ['metadata.uid', 'uid-1'],
    ["metadata.labels['a.b/c']", 'd'],
    ["metadata.labels['none']", ''],
    ["metadata.annotations['note']", 'say "hi"\n'],
    ['metadata.labels', 'a.b/c="d"\napp="web"'],
    ['metadata.annotations', 'note="say \\"hi\\"\\n"'],
    ['spec.nodeName', 'node-1'],
    ['spec.serviceAccountName', 'robot'],
    ['status.hostIP', '10.89.0.11'],
    ['status.podIP', '10.244.1.2'],
    ['status.podIPs', '10.244.1.2,fd00::2'],
  ])('%s', (path, value) => {
    expect(podField(subject, path, addresses)).toBe(value);
  });

  it('that nobody knows are refused', () => {
    expect(() => podField(subject, 'spec.secret', addresses)).toThrow('unsupported fieldPath: spec.secret');
  });
});

describe('resources of a container', () => {
  const container: ContainerSpec = {
    name: 'web',
    resources: { limits: { cpu: '1500m', memory: '64Mi' }, requests: { cpu: '250m' } },
  };
  const allocatable = { cpu: '4', memory: '2Gi', 'ephemeral-storage': '10Gi' };
  it.each([
    ['limits.cpu', undefined, '2'],
    ['limits.cpu', '1m', '1500'],
    ['requests.cpu', '1m', '250'],
    ['limits.memory', undefined, '67108864'],
    ['limits.memory', '1Mi', '64'],
    ['limits.memory', '1G', '1'],
    ['limits.ephemeral-storage', '1Gi', '10'],
    ['requests.memory', undefined, '0'],
  ])('%s in units of %s is %s', (resource, divisor, text) => {
    expect(resourceField(container, { resource, ...(divisor ? { divisor } : {}) }, allocatable)).toBe(text);
  });
});

describe('the environment of a container', () => {
  const sources: VariableSources = {
    addresses: { podIPs: ['10.244.1.2'], hostIPs: ['10.89.0.11'] },
    services: new Map([
      ['WEB_SERVICE_HOST', '10.96.0.5'],
      ['COLOUR', 'of a service'],
    ]),
    allocatable: {},
    configMap: (name) => ({ settings: { COLOUR: 'blue', 'not a name': 'x' } })[name],
    secret: (name) => ({ keys: { TOKEN: 's3cret' } })[name],
  };
  const of = (change: Partial<ContainerSpec>, from = sources) =>
    containerEnvironment(pod(), { name: 'web', ...change }, from);
  const values = (change: Partial<ContainerSpec>) =>
    Object.fromEntries(of(change, { ...sources, services: new Map() }).variables);

  it('begins with the Services, which give way to what the container says, and which it can use', () => {
    const env = [{ name: 'URL', value: 'http://$(WEB_SERVICE_HOST) $(COLOUR)' }];
    expect(Object.fromEntries(of({ env }).variables)).toEqual({
      WEB_SERVICE_HOST: '10.96.0.5',
      COLOUR: 'of a service',
      URL: 'http://10.96.0.5 of a service',
    });
    expect(of({ envFrom: [{ configMapRef: { name: 'settings' } }] }).variables.get('COLOUR')).toBe('blue');
  });

  it('takes all keys of an object, with a prefix, and tells which are no names', () => {
    const { variables, skipped } = of({ envFrom: [{ prefix: 'C_', configMapRef: { name: 'settings' } }] });
    expect(variables.get('C_COLOUR')).toBe('blue');
    expect(skipped).toEqual(['not a name']);
  });

  it('lets later variables use and replace earlier ones', () => {
    expect(
      values({
        envFrom: [{ configMapRef: { name: 'settings' } }, { secretRef: { name: 'keys' } }],
        env: [
          { name: 'COLOUR', value: 'dark $(COLOUR)' },
          { name: 'BOTH', value: '$(COLOUR) $(TOKEN) $(LATER)' },
          { name: 'LATER', value: 'x' },
        ],
      }),
    ).toEqual({ COLOUR: 'dark blue', TOKEN: 's3cret', BOTH: 'dark blue s3cret $(LATER)', LATER: 'x' });
  });

  it('leaves out what is optional and not there', () => {
    expect(
      values({
        envFrom: [{ configMapRef: { name: 'none', optional: true } }],
        env: [
          { name: 'A', valueFrom: { configMapKeyRef: { name: 'none', key: 'k', optional: true } } },
          { name: 'B', valueFrom: { secretKeyRef: { name: 'keys', key: 'none', optional: true } } },
        ],
      }),
    ).toEqual({});
  });

  it.each([
    [{ envFrom: [{ configMapRef: { name: 'none' } }] }, 'configmap "none" not found'],
    [{ envFrom: [{ secretRef: { name: 'none' } }] }, 'secret "none" not found'],
    [
      { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'settings', key: 'none' } } }] },
      "couldn't find key none in ConfigMap default/settings",
    ],
  ])('is refused without what it needs (%#)', (change, message) => {
    expect(() => of(change)).toThrow(message);
  });
});
