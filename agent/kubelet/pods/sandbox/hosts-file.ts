import { podHostname, podSpec, type StoredPod } from '../pod.ts';

/** The pod's /etc/hosts, as the kubelet writes it (kubelet_pods.go, nodeHostsFileContent and managedHostsFileContent). */
export function hostsFile(pod: StoredPod, podIPs: readonly string[], clusterDomain: string, nodeHosts: string): string {
  const { hostNetwork, hostAliases = [] } = podSpec(pod);
  const lines = hostNetwork
    ? ['# Kubernetes-managed hosts file (host network).', nodeHosts.replace(/\n$/, '')]
    : [
        '# Kubernetes-managed hosts file.',
        '127.0.0.1\tlocalhost',
        '::1\tlocalhost ip6-localhost ip6-loopback',
        'fe00::0\tip6-localnet',
        'fe00::0\tip6-mcastprefix',
        'fe00::1\tip6-allnodes',
        'fe00::2\tip6-allrouters',
        ...podIPs.map((address) => [address, ...names(pod, clusterDomain)].join('\t')),
      ];
  if (hostAliases.length > 0) {
    lines.push('', '# Entries added by HostAliases.');
    for (const { ip, hostnames = [] } of hostAliases) lines.push([ip, ...hostnames].join('\t'));
  }
  return `${lines.join('\n')}\n`;
}

function names(pod: StoredPod, clusterDomain: string): string[] {
  const hostname = podHostname(pod);
  const { subdomain } = podSpec(pod);
  if (!subdomain) return [hostname];
  return [`${hostname}.${subdomain}.${pod.metadata.namespace ?? ''}.svc.${clusterDomain}`, hostname];
}
