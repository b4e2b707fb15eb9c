import { describe, expect, it } from 'vitest';
import { pod } from '../../../testing/pods.ts';
import { parseResolvConf, podDns } from './dns.ts';
import { hostsFile } from './hosts-file.ts';
import { sandboxConfig } from './sandbox-config.ts';

const cluster = { address: '10.96.0.10', domain: 'cluster.local' };
const node = parseResolvConf('# made by hand\nnameserver 192.0.2.1\nsearch example.com lab\noptions timeout:2 edns0\n');

describe('the resolv.conf of a pod', () => {
  it('leads to the cluster first, with the search list of the namespace', () => {
    expect(podDns(pod(), cluster, node)).toEqual({
      servers: ['10.96.0.10'],
      searches: ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'example.com', 'lab'],
      options: ['ndots:5'],
    });
  });

  it('is the node’s with Default, and in the network of the node', () => {
    expect(podDns(pod({ dnsPolicy: 'Default' }), cluster, node)).toEqual(node);
    expect(podDns(pod({ hostNetwork: true }), cluster, node)).toEqual(node);
    expect(podDns(pod({ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }), cluster, node).servers).toEqual([
      '10.96.0.10',
    ]);
  });

  it('is what the pod says, alone or on top', () => {
    const dnsConfig = {
      nameservers: ['192.0.2.9'],
      searches: ['own.example'],
      options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }],
    };
    expect(podDns(pod({ dnsPolicy: 'None', dnsConfig }), cluster, node)).toEqual({
      servers: ['192.0.2.9'],
      searches: ['own.example'],
      options: ['ndots:2', 'edns0'],
    });
    expect(podDns(pod({ dnsConfig }), cluster, node)).toMatchObject({
      servers: ['10.96.0.10', '192.0.2.9'],
      options: ['ndots:2', 'edns0'],
    });
  });
});

describe('the hosts file of a pod', () => {
  it('names the pod, also by its subdomain, and has its aliases', () => {
    const subject = pod({
      hostname: 'db-0',
      subdomain: 'db',
      hostAliases: [{ ip: '1.2.3.4', hostnames: ['foo', 'bar'] }],
    });
    const lines = hostsFile(subject, ['10.244.1.2'], 'cluster.local', '').split('\n');
    expect(lines.slice(0, 3)).toEqual([
      '# Kubernetes-managed hosts file.',
      '127.0.0.1\tlocalhost',
      '::1\tlocalhost ip6-localhost ip6-loopback',
    ]);
    expect(lines.slice(-5)).toEqual([
      '10.244.1.2\tdb-0.db.default.svc.cluster.local\tdb-0',
      '',
      '# Entries added by HostAliases.',
      '1.2.3.4\tfoo\tbar',
      '',
    ]);
  });

  it('is the node’s in the network of the node', () => {
    expect(hostsFile(pod({ hostNetwork: true }), [], 'cluster.local', '127.0.0.1 localhost\n')).toBe(
      '# Kubernetes-managed hosts file (host network).\n127.0.0.1 localhost\n',
    );
  });
});

describe('the sandbox of a pod', () => {
  const place = { attempt: 2, cgroupParent: '/kubepods/podX', logDirectory: '/var/log/pods/x', dns: node };

  it('carries the pod’s labels and who it is of', () => {
    const config = sandboxConfig(pod({}, {}, { labels: { app: 'web' }, annotations: { a: 'b' } }), place);
    expect(config).toMatchObject({
      metadata: { name: 'web-1', namespace: 'default', uid: 'uid-1', attempt: 2 },
      hostname: 'web-1',
      labels: {
        app: 'web',
        'io.kubernetes.pod.name': 'web-1',
        'io.kubernetes.pod.namespace': 'default',
        'io.kubernetes.pod.uid': 'uid-1',
      },
      annotations: { a: 'b' },
      linux: {
        cgroupParent: '/kubepods/podX',
        securityContext: {
          namespaceOptions: { network: 'POD', pid: 'CONTAINER', ipc: 'POD' },
          privileged: false,
          seccomp: { profileType: 'RuntimeDefault' },
        },
      },
    });
  });

  it('cuts long names to what the kernel takes', () => {
    const name = `${'a'.repeat(62)}-b`;
    expect(sandboxConfig(pod({}, {}, { name }), place).hostname).toBe('a'.repeat(62));
  });

  it('shares with the node what the pod asks for', () => {
    const spec = {
      hostNetwork: true,
      hostPID: true,
      hostIPC: true,
      containers: [{ name: 'web', image: 'x', ports: [{ containerPort: 80, hostPort: 80 }] }],
    };
    const config = sandboxConfig(pod(spec), place);
    expect(config.hostname).toBe('');
    expect(config.portMappings).toEqual([]);
    expect(config.linux.securityContext.namespaceOptions).toEqual({ network: 'NODE', pid: 'NODE', ipc: 'NODE' });
    const shared = sandboxConfig(pod({ shareProcessNamespace: true }), place);
    expect(shared.linux.securityContext.namespaceOptions.pid).toBe('POD');
  });
});
