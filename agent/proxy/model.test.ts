import { describe, expect, it } from 'vitest';
import type { Stored } from '#common/kube/object.ts';
import type { EndpointSlice, Service } from '#common/kube/resources.ts';
import { staleFlows } from './conntrack.ts';
import { ledTo, servicePorts } from './model.ts';

type Conditions = NonNullable<NonNullable<EndpointSlice['endpoints']>[number]['conditions']>;

const service = (spec: object, name = 'web') =>
  ({
    metadata: { name, namespace: 'default' },
    spec: { clusterIP: '10.96.0.5', ...spec },
  }) as unknown as Stored<Service>;

const slice = (
  endpoints: readonly { readonly address: string; readonly conditions?: Conditions; readonly node?: string }[],
  change: object = {},
) =>
  ({
    metadata: { name: 'web-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [{ name: '', port: 8080 }],
    endpoints: endpoints.map(({ address, conditions, node }) => ({
      addresses: [address],
      ...(conditions ? { conditions } : {}),
      ...(node ? { nodeName: node } : {}),
    })),
    ...change,
  }) as unknown as Stored<EndpointSlice>;

const ports = (services: readonly Stored<Service>[], slices: readonly Stored<EndpointSlice>[]) =>
  servicePorts(services, slices, 'node-1');
const addresses = (...slices: readonly Stored<EndpointSlice>[]) =>
  ports([service({ ports: [{ port: 80 }] })], slices)[0]?.endpoints.map(({ address }) => address);

describe('the API server', () => {
  const both = [
    service({ clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443 }] }, 'kubernetes'),
    service({ ports: [{ port: 80 }] }),
  ];
  const held = ports(both, [slice([{ address: '10.244.1.2' }])]);

  it('is where its Service says unless this node reaches it elsewhere', () => {
    expect(ledTo(undefined, held)).toEqual(held);
  });

  it('alone is led elsewhere, also while its Service has no endpoints', () => {
    const [apiServer, web] = ledTo({ address: '10.89.0.2', port: 4711 }, held);
    expect(apiServer).toMatchObject({ clusterIP: '10.96.0.1', endpoints: [{ address: '10.89.0.2', port: 4711 }] });
    expect(web).toEqual(held[1]);
  });
});

describe('the ports of services', () => {
  it('have the endpoints of all slices, once each, in a stable order', () => {
    expect(
      addresses(slice([{ address: '10.244.1.3' }, { address: '10.244.1.2' }]), slice([{ address: '10.244.1.3' }])),
    ).toEqual(['10.244.1.2', '10.244.1.3']);
  });

  it('have only what is ready, or else what still serves while it ends', () => {
    const ending = { ready: false, serving: true, terminating: true };
    const ready = { address: '10.244.1.2', conditions: { ready: true } };
    const gone = { address: '10.244.1.4', conditions: { ready: false, serving: false, terminating: true } };
    expect(addresses(slice([ready, { address: '10.244.1.3', conditions: ending }, gone]))).toEqual(['10.244.1.2']);
    expect(addresses(slice([{ address: '10.244.1.3', conditions: ending }, gone]))).toEqual(['10.244.1.3']);
    expect(addresses(slice([{ address: '10.244.1.3', conditions: { ready: false, serving: true } }]))).toEqual([]);
    expect(addresses(slice([{ address: '10.244.1.5' }]))).toEqual(['10.244.1.5']);
  });

  it('find their endpoints’ ports by name', () => {
    const named = slice([{ address: '10.244.1.2', node: 'node-1' }], {
      ports: [
        { name: 'http', port: 8080 },
        { name: 'dns', port: 53, protocol: 'UDP' },
      ],
    });
    const spec = {
      type: 'NodePort',
      ports: [
        { name: 'http', port: 80, nodePort: 30080 },
        { name: 'dns', port: 53, protocol: 'UDP', nodePort: 30053 },
        { name: 'other', port: 1 },
      ],
    };
    expect(ports([service(spec)], [named])).toEqual([
      {
        service: 'default/web:http',
        clusterIP: '10.96.0.5',
        protocol: 'tcp',
        port: 80,
        nodePort: 30080,
        affinitySeconds: undefined,
        endpoints: [{ address: '10.244.1.2', port: 8080, local: true }],
      },
      expect.objectContaining({
        protocol: 'udp',
        port: 53,
        nodePort: 30053,
        endpoints: [{ address: '10.244.1.2', port: 53, local: true }],
      }),
      expect.objectContaining({ service: 'default/web:other', endpoints: [] }),
    ]);
  });

  it('keep clients where they are only when asked to', () => {
    const affinity = (spec: object) => ports([service({ ports: [{ port: 80 }], ...spec })], [])[0]?.affinitySeconds;
    expect(affinity({ sessionAffinity: 'None' })).toBeUndefined();
    expect(affinity({ sessionAffinity: 'ClientIP' })).toBe(10_800);
    const config = { clientIP: { timeoutSeconds: 60 } };
    expect(affinity({ sessionAffinity: 'ClientIP', sessionAffinityConfig: config })).toBe(60);
  });

  it.each([
    [{ clusterIP: 'None' }],
    [{ clusterIP: '' }],
    [{ clusterIP: 'fd00::1' }],
    [{ clusterIP: '10.96.0.5; flush ruleset' }],
    [{ type: 'ExternalName' }],
  ])('are none for %j', (spec) => {
    expect(ports([service({ ports: [{ port: 80 }], ...spec })], [])).toEqual([]);
  });

  it('believe no address that is none', () => {
    expect(addresses(slice([{ address: '10.244.1.2 }; flush ruleset' }, { address: 'fd00::1' }]))).toEqual([]);
    expect(addresses(slice([{ address: '10.244.1.2' }], { addressType: 'IPv6' }))).toEqual([]);
  });
});

describe('UDP flows that lead astray', () => {
  const udp = (...endpoints: string[]) =>
    ports(
      [service({ type: 'NodePort', ports: [{ port: 53, protocol: 'UDP', nodePort: 30053 }] })],
      [slice(endpoints.map((address) => ({ address })))],
    );
  const endpoint = (address: string) => ({ address, port: 8080 });

  it('are those to endpoints that are gone', () => {
    expect(staleFlows(udp('10.244.1.2', '10.244.1.3'), udp('10.244.1.3', '10.244.1.4'))).toEqual([
      { destination: '10.96.0.5', port: 53, endpoint: endpoint('10.244.1.2') },
      { destination: undefined, port: 30053, endpoint: endpoint('10.244.1.2') },
    ]);
    expect(staleFlows(udp('10.244.1.2'), [])).toHaveLength(2);
  });

  it('are those that began before there was an endpoint', () => {
    expect(staleFlows(udp(), udp('10.244.1.2'))[0]).toEqual({
      destination: '10.96.0.5',
      port: 53,
      endpoint: undefined,
    });
    expect(staleFlows(udp(), udp())).toEqual([]);
  });

  it('are never those of TCP', () => {
    const tcp = ports([service({ ports: [{ port: 80 }] })], [slice([{ address: '10.244.1.2' }])]);
    expect(staleFlows(tcp, [])).toEqual([]);
  });
});

it('are not those of Services that another proxy serves', () => {
  const labels = { 'service.kubernetes.io/service-proxy-name': 'other' };
  const other = service({ ports: [{ port: 80 }] });
  expect(ports([other], [])).toHaveLength(1);
  expect(ports([{ ...other, metadata: { ...other.metadata, labels } }], [])).toEqual([]);
});
