import { describe, expect, it } from 'vitest';
import { addressAt, parseIpv4, parseRange, rangeContains } from '#common/kube/ipv4.ts';
import type { Stored } from '#common/kube/object.ts';
import { services, type Service } from '#common/kube/resources.ts';
import type { Client } from '#common/client/client.ts';
import { TestMaster } from '../../../../../../test/support/master.ts';
import { RawApi } from '../../../../../../test/support/raw-api.ts';

type Spec = NonNullable<Service['spec']>;
const service = (name: string, spec: Spec = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { ports: [{ port: 80 }], ...spec },
});
const ref = { namespace: 'default', name: 'a' };
const create = (admin: Client, name: string, spec: Spec = {}): Promise<Stored<Service>> =>
  admin.create(services, service(name, spec));
const refused = (message: string): object => ({
  status: { code: 422, message: expect.stringContaining(message) as string },
});

describe('a cluster IP', () => {
  it('is given from the upper part of the range, to each Service its own', async () => {
    await using master = await TestMaster.start();
    const made = await Promise.all(Array.from({ length: 20 }, (_, n) => create(master.admin, `s${n}`)));
    const addresses = made.map(({ spec }) => spec!.clusterIP!);
    expect(new Set(addresses).size).toBe(20);
    const range = parseRange('10.96.0.0/16');
    const lower = parseRange('10.96.0.0/24');
    for (const address of addresses) {
      expect(rangeContains(range, parseIpv4(address)!)).toBe(true);
      // The first 256 are for those who choose.
      expect(rangeContains(lower, parseIpv4(address)!)).toBe(false);
    }
    expect(made[0]!.spec).toMatchObject({
      type: 'ClusterIP',
      clusterIPs: [addresses[0]],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      internalTrafficPolicy: 'Cluster',
      sessionAffinity: 'None',
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    });
  });

  it('is given as long as there are any', async () => {
    await using master = await TestMaster.start({ serviceRange: '10.96.0.0/28' });
    // The first is kept for the API server.
    for (let n = 0; n < 13; n++) await create(master.admin, `s${n}`);
    await expect(create(master.admin, 'one-more')).rejects.toMatchObject({
      status: { message: 'Internal error occurred: failed to allocate a serviceIP: range is full' },
    });
    await master.admin.delete(services, { namespace: 'default', name: 's3' });
    await create(master.admin, 'one-more');
    const all = (await master.admin.list(services)).items.map(({ spec }) => spec!.clusterIP);
    const range = parseRange('10.96.0.0/28');
    expect(new Set(all)).toEqual(new Set(Array.from({ length: 13 }, (_, n) => addressAt(range, n + 2))));
  });

  it('may be chosen, once, from the range', async () => {
    await using master = await TestMaster.start();
    const chosen = await create(master.admin, 'a', { clusterIP: '10.96.0.10' });
    expect(chosen.spec!.clusterIPs).toEqual(['10.96.0.10']);
    await expect(create(master.admin, 'b', { clusterIP: '10.96.0.10' })).rejects.toMatchObject(
      refused(
        'Service "b" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.10"]: failed to allocate IP 10.96.0.10: provided IP is already allocated',
      ),
    );
    for (const clusterIP of ['10.97.0.1', '10.96.0.0', '10.96.255.255', 'x']) {
      await expect(create(master.admin, 'b', { clusterIP })).rejects.toMatchObject(
        refused(
          `failed to allocate IP ${clusterIP}: the provided IP (${clusterIP}) is not in the valid range. The range of valid IPs is 10.96.0.0/16`,
        ),
      );
    }
    await master.admin.delete(services, ref);
    await create(master.admin, 'b', { clusterIP: '10.96.0.10' });
  });

  it('is not taken by a Service that is refused, or only tried', async () => {
    await using master = await TestMaster.start();
    using api = await RawApi.open(master);
    const chosen: Spec = { clusterIP: '10.96.0.10', type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] };
    await expect(
      create(master.admin, 'a', { ...chosen, ports: [{ port: 80, nodePort: 30080, name: 'Not A Name' }] }),
    ).rejects.toMatchObject({ status: { code: 422 } });
    const dry = await api.request('POST', '/api/v1/namespaces/default/services?dryRun=All', {
      body: service('a', chosen),
    });
    expect(dry.status).toBe(201);
    await create(master.admin, 'a', chosen);
  });

  it('goes to one of two who ask for it at the same moment', async () => {
    await using master = await TestMaster.start();
    const outcomes = await Promise.allSettled(
      ['a', 'b', 'c'].map((name) => create(master.admin, name, { clusterIP: '10.96.0.10' })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('never changes', async () => {
    await using master = await TestMaster.start();
    const { spec } = await create(master.admin, 'a');
    await expect(master.admin.update(services, service('a', { clusterIP: '10.96.0.10' }))).rejects.toMatchObject(
      refused('spec.clusterIPs[0]: Invalid value: "10.96.0.10": field is immutable'),
    );
    for (const change of [{}, { clusterIP: '' }]) {
      const updated = await master.admin.update(services, service('a', { ...change, ports: [{ port: 81 }] }));
      expect(updated.spec).toMatchObject({ clusterIP: spec!.clusterIP, clusterIPs: [spec!.clusterIP] });
    }
  });

  it('may be None, for a Service that is only a name', async () => {
    await using master = await TestMaster.start();
    const headless = await create(master.admin, 'a', { clusterIP: 'None', ports: [] });
    expect(headless.spec).toMatchObject({ clusterIP: 'None', clusterIPs: ['None'] });
    await create(master.admin, 'b', { clusterIP: 'None' });
    await expect(create(master.admin, 'c', { clusterIP: 'None', type: 'NodePort' })).rejects.toMatchObject(
      refused("may not be set to 'None' for NodePort services"),
    );
  });
});

describe('a node port', () => {
  const ports = (...nodePorts: number[]): Spec => ({
    type: 'NodePort',
    ports: nodePorts.map((nodePort, index) => ({ port: index + 1, name: `p${index}`, nodePort })),
  });
  const portsOf = (object: Stored<Service>): (number | undefined)[] =>
    object.spec!.ports!.map(({ nodePort }) => nodePort);

  it('is given to each port that needs one', async () => {
    await using master = await TestMaster.start();
    const { spec } = await create(master.admin, 'a', ports(0, 0));
    const [first, second] = spec!.ports!.map(({ nodePort }) => nodePort!);
    expect(first).not.toBe(second);
    for (const port of [first!, second!]) expect(port >= 30000 && port <= 32767).toBe(true);
    expect(spec!.externalTrafficPolicy).toBe('Cluster');
  });

  it('may be chosen, once, from the range', async () => {
    await using master = await TestMaster.start();
    await create(master.admin, 'a', ports(30080));
    await expect(create(master.admin, 'b', ports(0, 30080))).rejects.toMatchObject(
      refused('spec.ports[1].nodePort: Invalid value: 30080: provided port is already allocated'),
    );
    await expect(create(master.admin, 'b', ports(80))).rejects.toMatchObject(
      refused('provided port is not in the valid range. The range of valid ports is 30000-32767'),
    );
    await expect(create(master.admin, 'b', ports(30081, 30081))).rejects.toMatchObject(
      refused('spec.ports[1].nodePort: Duplicate value: 30081'),
    );
    await master.admin.delete(services, ref);
    await create(master.admin, 'b', ports(30080));
  });

  it('may serve two protocols of one Service', async () => {
    await using master = await TestMaster.start();
    const dns: Spec = {
      type: 'NodePort',
      ports: ['TCP', 'UDP'].map((protocol) => ({
        name: protocol.toLowerCase(),
        port: 53,
        nodePort: 30053,
        protocol: protocol as 'TCP',
      })),
    };
    expect(portsOf(await create(master.admin, 'dns', dns))).toEqual([30053, 30053]);
  });

  it('stays with its port, and comes free with it', async () => {
    await using master = await TestMaster.start();
    const { admin } = master;
    const [kept] = portsOf(await create(admin, 'a', ports(0)));
    const updated = await admin.update(services, service('a', ports(0, 0)));
    expect(portsOf(updated)[0]).toBe(kept);
    await expect(create(admin, 'b', ports(kept!))).rejects.toMatchObject(refused('already allocated'));
    await admin.update(services, service('a', { type: 'NodePort', ports: [{ port: 9 }] }));
    await create(admin, 'b', ports(kept!));
  });

  it('is nothing for a Service without', async () => {
    await using master = await TestMaster.start();
    await expect(create(master.admin, 'a', { ports: [{ port: 80, nodePort: 30080 }] })).rejects.toMatchObject(
      refused("spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"),
    );
  });
});

describe('the type of a Service', () => {
  it('changes, and takes with it what it does not need', async () => {
    await using master = await TestMaster.start();
    const { admin } = master;
    const { spec: first } = await create(admin, 'a');
    const typed = async (type: string, extra: object = {}): Promise<Spec> =>
      (await admin.patch(services, ref, 'merge', { spec: { type, ...extra } })).spec as Spec;

    const opened = await typed('NodePort');
    const nodePort = opened.ports![0]!.nodePort!;
    expect(opened).toMatchObject({ clusterIP: first!.clusterIP, ports: [{ nodePort: expect.any(Number) as number }] });
    const balanced = await typed('LoadBalancer');
    expect(balanced).toMatchObject({ ports: [{ nodePort }], allocateLoadBalancerNodePorts: true });
    const closed = await typed('ClusterIP');
    expect(closed.clusterIP).toBe(first!.clusterIP);
    expect(closed.ports![0]).not.toHaveProperty('nodePort');
    await create(admin, 'b', { type: 'NodePort', ports: [{ port: 1, nodePort }] });

    const external = await typed('ExternalName', { externalName: 'example.com' });
    expect(external).not.toHaveProperty('clusterIP');
    await create(admin, 'c', { clusterIP: first!.clusterIP! });
    const back = await typed('ClusterIP', { externalName: null });
    expect(back.clusterIP).toMatch(/^10\.96\./);
    expect(back.clusterIP).not.toBe(first!.clusterIP);
  });
});

describe('a Service', () => {
  it.each<[Spec, string]>([
    [{ ports: [] }, 'spec.ports: Required value'],
    [
      { type: 'Sideways' as 'NodePort' },
      'spec.type: Unsupported value: "Sideways": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    ],
    [{ ports: [{ port: 0 }] }, 'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive'],
    [{ ports: [{ port: 1 }, { port: 2 }] }, 'spec.ports[0].name: Required value'],
    [
      {
        ports: [
          { port: 1, name: 'x' },
          { port: 2, name: 'x' },
        ],
      },
      'spec.ports[1].name: Duplicate value: "x"',
    ],
    [
      {
        ports: [
          { port: 1, name: 'x' },
          { port: 1, name: 'y' },
        ],
      },
      'spec.ports[1]: Duplicate value',
    ],
    [{ ports: [{ port: 1, protocol: 'ICMP' as 'TCP' }] }, 'spec.ports[0].protocol: Unsupported value: "ICMP"'],
    [{ ports: [{ port: 1, targetPort: 70000 }] }, 'spec.ports[0].targetPort: Invalid value: 70000'],
    [{ ports: [{ port: 1, targetPort: 'NOT OK' }] }, 'spec.ports[0].targetPort: Invalid value: "NOT OK"'],
    [{ sessionAffinity: 'Cookie' as 'None' }, 'spec.sessionAffinity: Unsupported value: "Cookie"'],
    [{ type: 'ExternalName' }, 'spec.externalName: Required value'],
    [{ type: 'ExternalName', externalName: 'no_name' }, 'spec.externalName: Invalid value: "no_name"'],
    [{ internalTrafficPolicy: 'Far' as 'Local' }, 'spec.internalTrafficPolicy: Unsupported value: "Far"'],
    [
      { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 0 } } },
      'spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 0: must be greater than 0 and less than 86400',
    ],
  ])('with %j is refused', async (spec, message) => {
    await using master = await TestMaster.start();
    await expect(create(master.admin, 'a', spec)).rejects.toMatchObject(refused(message));
  });

  it('has a name that begins with a letter', async () => {
    await using master = await TestMaster.start();
    await expect(create(master.admin, '1a')).rejects.toMatchObject(refused('a DNS-1035 label must consist of'));
  });

  it('shows its ports in a table', async () => {
    await using master = await TestMaster.start();
    await create(master.admin, 'a', {
      type: 'NodePort',
      clusterIP: '10.96.0.10',
      selector: { app: 'web' },
      ports: [{ port: 80, nodePort: 30080 }],
    });
    using api = await RawApi.open(master);
    const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
    const answer = await api.request('GET', '/api/v1/services', { headers });
    const [row] = answer.json<{ rows: { cells: unknown[] }[] }>().rows;
    expect(row!.cells.toSpliced(5, 1)).toEqual(['a', 'NodePort', '10.96.0.10', '<none>', '80:30080/TCP', 'app=web']);
  });
});
