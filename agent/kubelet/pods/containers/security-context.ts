import type { Image, LinuxContainerSecurityContext } from '../../../cri/types.ts';
import { podText } from '../labels.ts';
import { namespaceOptions, podGroups, seccompProfile } from '../pod-security.ts';
import { podIdentity, podSpec, type ContainerSpec, type StoredPod } from '../pod.ts';
import { CreateContainerConfigError } from './errors.ts';

// What an unprivileged container must not see or change of the kernel (kubelet's securitycontext defaults).
const MASKED_PATHS: readonly string[] = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];
const READONLY_PATHS: readonly string[] = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

/** A container's rights: its own securityContext over the pod's, over the defaults. */
export function containerSecurityContext(
  pod: StoredPod,
  container: ContainerSpec,
  image: Image,
): LinuxContainerSecurityContext {
  const own = container.securityContext ?? {};
  const shared = podSpec(pod).securityContext ?? {};
  const privileged = own.privileged ?? false;
  const runAsGroup = own.runAsGroup ?? shared.runAsGroup;
  const unmasked = privileged || own.procMount === 'Unmasked';
  const user = userOf(pod, container, image);
  return {
    privileged,
    namespaceOptions: namespaceOptions(pod),
    readonlyRootfs: own.readOnlyRootFilesystem ?? false,
    supplementalGroups: podGroups(pod),
    noNewPrivs: own.allowPrivilegeEscalation === false,
    maskedPaths: unmasked ? [] : MASKED_PATHS,
    readonlyPaths: unmasked ? [] : READONLY_PATHS,
    seccomp: privileged ? { profileType: 'Unconfined' } : seccompProfile(container, pod),
    ...(own.capabilities
      ? {
          capabilities: {
            addCapabilities: own.capabilities.add ?? [],
            dropCapabilities: own.capabilities.drop ?? [],
          },
        }
      : {}),
    ...user,
    ...(runAsGroup === undefined ? {} : { runAsGroup: { value: runAsGroup } }),
  };
}

/** Whom the container runs as; an error where runAsNonRoot forbids it or cannot be checked. */
function userOf(
  pod: StoredPod,
  container: ContainerSpec,
  image: Image,
): Pick<LinuxContainerSecurityContext, 'runAsUser' | 'runAsUsername'> {
  const own = container.securityContext ?? {};
  const shared = podSpec(pod).securityContext ?? {};
  const wanted = own.runAsUser ?? shared.runAsUser;
  const nonRoot = own.runAsNonRoot ?? shared.runAsNonRoot ?? false;
  const where = `(pod: "${podText(podIdentity(pod))}", container: ${container.name})`;
  if (wanted !== undefined) {
    if (nonRoot && wanted === 0) {
      throw new CreateContainerConfigError(`container's runAsUser breaks non-root policy ${where}`);
    }
    return { runAsUser: { value: wanted } };
  }
  if (nonRoot) {
    if (image.uid?.value === 0 || (!image.uid && image.username === '')) {
      throw new CreateContainerConfigError(`container has runAsNonRoot and image will run as root ${where}`);
    }
    if (!image.uid) {
      throw new CreateContainerConfigError(
        `container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root ${where}`,
      );
    }
  }
  if (image.uid) return { runAsUser: { value: image.uid.value } };
  return image.username === '' ? {} : { runAsUsername: image.username };
}
