import type { DnsConfig, PodSandboxConfig, SecurityProfile } from '../../../cri/types.ts';
import { podLabels } from '../labels.ts';
import { namespaceOptions, podGroups, seccompProfile } from '../pod-security.ts';
import { podHostname, podIdentity, podSpec, type StoredPod } from '../pod.ts';

export interface SandboxPlace {
  readonly attempt: number;
  readonly cgroupParent: string;
  readonly logDirectory: string;
  readonly dns: DnsConfig;
}

/** The CRI configuration of a pod's sandbox (kuberuntime_sandbox.go). */
export function sandboxConfig(pod: StoredPod, place: SandboxPlace): PodSandboxConfig {
  const identity = podIdentity(pod);
  const spec = podSpec(pod);
  const { securityContext = {}, containers, hostNetwork = false } = spec;
  const privileged = containers.some((container) => container.securityContext?.privileged === true);
  const seccomp: SecurityProfile = privileged ? { profileType: 'Unconfined' } : seccompProfile(undefined, pod);
  return {
    metadata: { ...identity, attempt: place.attempt },
    // In the node's network the node's own name stays.
    hostname: hostNetwork ? '' : podHostname(pod),
    logDirectory: place.logDirectory,
    dnsConfig: place.dns,
    portMappings: hostNetwork
      ? []
      : containers
          .flatMap(({ ports = [] }) => ports)
          .filter(({ hostPort }) => hostPort)
          .map(({ protocol, containerPort, hostPort, hostIP }) => ({
            protocol: protocol === 'UDP' || protocol === 'SCTP' ? protocol : 'TCP',
            containerPort,
            hostPort: hostPort ?? 0,
            hostIp: hostIP ?? '',
          })),
    labels: { ...(pod.metadata.labels ?? {}), ...podLabels(identity) },
    annotations: { ...(pod.metadata.annotations ?? {}) },
    linux: {
      cgroupParent: place.cgroupParent,
      sysctls: Object.fromEntries((securityContext.sysctls ?? []).map(({ name, value }) => [name, value])),
      securityContext: {
        namespaceOptions: namespaceOptions(pod),
        privileged,
        seccomp,
        supplementalGroups: podGroups(pod),
        ...(securityContext.runAsUser === undefined ? {} : { runAsUser: { value: securityContext.runAsUser } }),
        // CRI refuses a group without a user.
        ...(securityContext.runAsGroup === undefined || securityContext.runAsUser === undefined
          ? {}
          : { runAsGroup: { value: securityContext.runAsGroup } }),
      },
    },
  };
}
