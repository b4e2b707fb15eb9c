import type { DnsConfig } from '../../../cri/types.ts';
import { podSpec, type StoredPod } from '../pod.ts';

export interface ClusterDns {
  readonly address: string;
  readonly domain: string;
}

// glibc's and the kubelet's limits (MaxDNSNameservers, MaxDNSSearchPaths).
const MAXIMUM_SERVERS = 3;
const MAXIMUM_SEARCHES = 32;

/** What goes into the pod's resolv.conf, by its dnsPolicy (kubelet's network/dns); `node` is the node's own. */
export function podDns(pod: StoredPod, cluster: ClusterDns, node: DnsConfig): DnsConfig {
  const { dnsPolicy = 'ClusterFirst', dnsConfig, hostNetwork = false } = podSpec(pod);
  const base = baseConfig(dnsPolicy === 'ClusterFirst' && hostNetwork ? 'Default' : dnsPolicy, pod, cluster, node);
  return {
    servers: unique([...base.servers, ...(dnsConfig?.nameservers ?? [])]).slice(0, MAXIMUM_SERVERS),
    searches: unique([...base.searches, ...(dnsConfig?.searches ?? [])]).slice(0, MAXIMUM_SEARCHES),
    options: mergeOptions(
      base.options,
      (dnsConfig?.options ?? []).map(({ name, value }) => (value ? `${name ?? ''}:${value}` : (name ?? ''))),
    ),
  };
}

function baseConfig(policy: string, pod: StoredPod, cluster: ClusterDns, node: DnsConfig): DnsConfig {
  switch (policy) {
    case 'None':
      return { servers: [], searches: [], options: [] };
    case 'Default':
      return node;
    default: {
      const { domain } = cluster;
      const searches = [`${pod.metadata.namespace ?? 'default'}.svc.${domain}`, `svc.${domain}`, domain];
      return { servers: [cluster.address], searches: [...searches, ...node.searches], options: ['ndots:5'] };
    }
  }
}

/** Reads a resolv.conf(5). */
export function parseResolvConf(text: string): DnsConfig {
  const servers: string[] = [];
  let searches: string[] = [];
  const options: string[] = [];
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/);
    if (keyword === 'nameserver' && values[0]) servers.push(values[0]);
    // The last of several wins.
    else if (keyword === 'search' || keyword === 'domain') searches = values.filter((value) => value !== '.');
    else if (keyword === 'options') options.push(...values);
  }
  return { servers, searches, options };
}

/** Later options of the same name win. */
function mergeOptions(base: readonly string[], more: readonly string[]): string[] {
  const byName = new Map<string, string>();
  for (const option of [...base, ...more]) if (option !== '') byName.set(option.split(':', 1)[0]!, option);
  return [...byName.values()];
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
