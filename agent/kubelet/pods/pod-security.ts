import type { NamespaceOption, SecurityProfile } from '../../cri/types.ts';
import { podSpec, type ContainerSpec, type StoredPod } from './pod.ts';

/** Which namespaces the pod's containers share with each other or with the node. */
export function namespaceOptions(pod: StoredPod): NamespaceOption {
  const { hostNetwork, hostPID, hostIPC, shareProcessNamespace } = podSpec(pod);
  return {
    network: hostNetwork ? 'NODE' : 'POD',
    pid: hostPID ? 'NODE' : shareProcessNamespace ? 'POD' : 'CONTAINER',
    ipc: hostIPC ? 'NODE' : 'POD',
  };
}

/** fsGroup and supplementalGroups, which all processes of the pod have beside their own. */
export function podGroups(pod: StoredPod): number[] {
  const { fsGroup, supplementalGroups = [] } = podSpec(pod).securityContext ?? {};
  return [...(fsGroup === undefined ? [] : [fsGroup]), ...supplementalGroups];
}

/** Without a wish the runtime's own profile is used, never none (upstream: seccompDefault). */
export function seccompProfile(container: ContainerSpec | undefined, pod: StoredPod): SecurityProfile {
  const wanted = container?.securityContext?.seccompProfile ?? podSpec(pod).securityContext?.seccompProfile;
  switch (wanted?.type) {
    case 'Unconfined':
      return { profileType: 'Unconfined' };
    case 'Localhost':
      return { profileType: 'Localhost', localhostRef: `/var/lib/kubelet/seccomp/${wanted.localhostProfile ?? ''}` };
    default:
      return { profileType: 'RuntimeDefault' };
  }
}
