import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { InstanceState } from './instances.ts';
import type { Settings } from './settings.ts';

/** What can be made to go wrong, beside what goes wrong by itself. */
export const faultKinds = [
  'image-not-found',
  'remote-unknown',
  'download',
  'hash',
  'disk-full',
  'disk-request',
  'boot-timeout',
  'initialization-timeout',
  'initialization-timeout-dead',
  'client-timeout',
  'died-while-booting',
  'memory-qemu',
  'memory-hyperv',
  'kvm-missing',
  'kvm-access',
  'other-manager',
  'hyperv-missing',
  'qemu-quits',
  'bad-network',
  'exec-fails',
  'unknown-state',
  'hangs',
  'not-running',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface LaunchFault {
  /** The phase in which it strikes. */
  readonly phase: 'arguments' | 'image' | 'hypervisor' | 'boot';
  readonly text: string;
  /** The state of what stays; nothing does where it is not said. */
  readonly remains?: InstanceState;
  /** What stays is alive all the same, and comes up. */
  readonly comesUp?: boolean;
}

const HINTS = '1. Check that virtualisation is enabled in the BIOS\n2. Check that the modules are loaded';

/** The texts of the failures of `launch`, by the version that most people have. */
export const launchFaults: Readonly<Partial<Record<FaultKind, LaunchFault>>> = {
  'image-not-found': { phase: 'arguments', text: 'Unable to find an image matching "24.04" in remote "".' },
  'remote-unknown': {
    phase: 'arguments',
    text: 'Remote "foo" is unknown or unreachable. If image mirror is enabled, please confirm it is valid.',
  },
  'bad-network': { phase: 'arguments', text: 'Invalid arguments supplied\nInvalid network options supplied' },
  download: {
    phase: 'image',
    text: "failed to download from 'https://images.invalid/noble.img': Network timeout",
  },
  hash: { phase: 'image', text: 'Downloaded image hash does not match' },
  'disk-full': {
    phase: 'image',
    text: 'Available disk (1073741824 bytes) below minimum for this image (3758096384 bytes)',
  },
  'disk-request': {
    phase: 'image',
    text: 'Requested disk (1073741824 bytes) below minimum for this image (3758096384 bytes)',
  },
  'kvm-missing': { phase: 'hypervisor', text: `KVM support is not enabled on this machine.\n${HINTS}` },
  'kvm-access': {
    phase: 'hypervisor',
    text: 'The KVM device cannot be opened for reading and writing.\nsnap connect multipass:kvm',
  },
  'other-manager': {
    phase: 'hypervisor',
    text: 'Another virtual machine manager is currently running. Please shut it down before starting a Multipass instance.',
  },
  'hyperv-missing': {
    phase: 'hypervisor',
    text: 'The Hyper-V service does not exist. Ensure Hyper-V is installed correctly.',
  },
  'qemu-quits': { phase: 'image', text: 'qemu quit unexpectedly with exit code 1, check logs for more details' },
  'memory-qemu': { phase: 'image', text: 'NAME: cannot set up guest memory: Cannot allocate memory' },
  'memory-hyperv': {
    phase: 'image',
    text: "Start-VM : 'NAME' failed to start.\nNot enough memory in the system to start the virtual machine NAME",
  },
  'died-while-booting': {
    phase: 'boot',
    text: 'The following errors occurred:\nNAME: shutdown called while starting',
    remains: 'Stopped',
  },
  'boot-timeout': {
    phase: 'boot',
    text: 'The following errors occurred:\nNAME: timed out waiting for response',
    remains: 'Running',
  },
  'initialization-timeout': {
    phase: 'boot',
    text: 'The following errors occurred:\ntimed out waiting for initialization to complete',
    remains: 'Running',
    comesUp: true,
  },
  'initialization-timeout-dead': {
    phase: 'boot',
    text: 'The following errors occurred:\ntimed out waiting for initialization to complete',
    remains: 'Unknown',
  },
};

/** The fault that strikes this command now, and so is used up by one. */
export async function nextFault(
  directory: string,
  settings: Settings,
  command: string,
  name?: string,
): Promise<FaultKind | undefined> {
  for (const [index, fault] of settings.faults.entries()) {
    if (fault.command !== command || (fault.name !== undefined && fault.name !== name)) continue;
    if (fault.times === undefined || (await use(directory, index, fault.times))) return fault.kind;
  }
  return undefined;
}

async function use(directory: string, index: number, times: number): Promise<boolean> {
  for (let count = 0; count < times; count++) {
    const file = path.join(directory, `fault-${index}-${count}`);
    // Clients may run at the same time: who makes the file has the fault.
    const isOurs = await writeFile(file, '', { flag: 'wx' }).then(
      () => true,
      () => false,
    );
    if (isOurs) return true;
  }
  return false;
}
