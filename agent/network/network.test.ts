import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Stored } from '#common/kube/object.ts';
import type { Node } from '#common/kube/resources.ts';
import { releaseLeftoverAddresses } from './address-leftovers.ts';
import { conflist } from './conflist.ts';
import { masqueradeScript } from './masquerade.ts';
import { nodeAddresses, podRoutes, routeCommands } from './routes.ts';

const node = (name: string, podCIDR: string | undefined, address: string | undefined) =>
  ({
    metadata: { name },
    spec: podCIDR === undefined ? {} : { podCIDR },
    status: { addresses: address === undefined ? [] : [{ type: 'InternalIP', address }] },
  }) as unknown as Stored<Node>;

const NODES = [
  node('node-1', '10.244.0.0/24', '10.89.0.11'),
  node('node-2', '10.244.1.0/24', '10.89.0.12'),
  node('new', undefined, '10.89.0.13'),
  node('lost', '10.244.3.0/24', undefined),
  node('bad', '10.244.4.0/24; reboot', '10.89.0.15'),
  node('worse', '10.244.5.0/24', '10.89.0.15\nroute del default'),
];

describe('routes to the pods of other nodes', () => {
  it('lead to their addresses, and end here for pods of this node that are gone', () => {
    expect(podRoutes(NODES, 'node-1')).toEqual([
      { range: '10.244.0.0/24', via: undefined },
      { range: '10.244.1.0/24', via: '10.89.0.12' },
    ]);
  });

  it('are changed where they differ, and only there', () => {
    const present = [
      { range: '10.244.0.0/24', via: undefined },
      { range: '10.244.1.0/24', via: '10.89.0.99' },
      { range: '10.244.7.0/24', via: '10.89.0.17' },
    ];
    expect(routeCommands(present, podRoutes(NODES, 'node-1'))).toEqual([
      'route del 10.244.1.0/24 via 10.89.0.99 proto 157',
      'route del 10.244.7.0/24 via 10.89.0.17 proto 157',
      'route replace 10.244.1.0/24 via 10.89.0.12 proto 157',
    ]);
    expect(routeCommands(podRoutes(NODES, 'node-2'), podRoutes(NODES, 'node-2'))).toEqual([]);
    expect(routeCommands([], [{ range: '10.244.0.0/24', via: undefined }])).toEqual([
      'route replace unreachable 10.244.0.0/24 proto 157',
    ]);
  });
});

describe('traffic that leaves for elsewhere', () => {
  it('goes out under the node’s address, unless pods or nodes are asked', () => {
    expect(nodeAddresses(NODES)).toEqual(['10.89.0.11', '10.89.0.12', '10.89.0.13', '10.89.0.15']);
    expect(masqueradeScript('10.244.0.0/16', ['10.89.0.11', '10.89.0.12'])).toContain(
      'ip saddr 10.244.0.0/16 ip daddr != { 10.244.0.0/16, 10.89.0.11, 10.89.0.12 } masquerade fully-random',
    );
  });
});

describe('the CNI configuration', () => {
  it('gives pods addresses of the node’s range', () => {
    const { plugins } = JSON.parse(conflist('10.244.1.0/24')) as { plugins: { type: string; ipam?: object }[] };
    expect(plugins.map(({ type }) => type)).toEqual(['ptp', 'portmap']);
    expect(plugins[0]?.ipam).toMatchObject({ type: 'host-local', ranges: [[{ subnet: '10.244.1.0/24' }]] });
  });
});

describe('addresses of sandboxes that are gone', () => {
  it('are given back', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'ipam-'));
    try {
      await writeFile(path.join(directory, '10.244.0.2'), 'alive\r\neth0');
      await writeFile(path.join(directory, '10.244.0.3'), 'gone\r\neth0');
      await writeFile(path.join(directory, 'last_reserved_ip.0'), '10.244.0.3');
      await writeFile(path.join(directory, 'lock'), '');
      expect(await releaseLeftoverAddresses(new Set(['alive']), directory)).toEqual(['10.244.0.3']);
      expect((await readdir(directory)).sort()).toEqual(['10.244.0.2', 'last_reserved_ip.0', 'lock']);
      expect(await releaseLeftoverAddresses(new Set(), path.join(directory, 'none'))).toEqual([]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
