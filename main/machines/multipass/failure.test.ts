import { expect, test } from 'vitest';
import { classify, type FailureKind } from './failure.ts';

const failed = (message: string): string => `launch failed: ${message}\n`;

const MESSAGES: readonly (readonly [string, FailureKind])[] = [
  [failed('instance "n1" already exists'), 'name-taken'],
  [failed('instance "n1" is being prepared'), 'busy'],
  [failed('Unable to find an image matching "nope" in remote "".'), 'image'],
  [failed('Remote "foo" is unknown or unreachable. If image mirror is enabled, please confirm it is valid.'), 'image'],
  [failed("failed to download from 'https://example.org/kvm.img': Network timeout"), 'download'],
  [failed('Downloaded image hash does not match'), 'download'],
  [failed('Available disk (100 bytes) below minimum for this image (3000 bytes)'), 'disk'],
  [failed('The following errors occurred:\nn1: timed out waiting for response'), 'boot-timeout'],
  [
    failed('The following errors occurred:\ntimed out waiting for initialization to complete'),
    'initialization-timeout',
  ],
  [failed('n1: cannot set up guest memory: Cannot allocate memory'), 'memory'],
  [
    failed("Start-VM : 'n1' failed to start.\nNot enough memory in the system to start the virtual machine n1"),
    'memory',
  ],
  [failed('KVM support is not enabled on this machine.'), 'hypervisor'],
  [failed('The Hyper-V service does not exist. Ensure Hyper-V is installed correctly.'), 'hypervisor'],
  [failed('Virtualization support appears to be disabled in the BIOS.'), 'hypervisor'],
  [failed('Another virtual machine manager is currently running. Please shut it down'), 'hypervisor'],
  [failed('Invalid arguments supplied\nInvalid memory size value supplied: 64M.'), 'argument'],
  ['list failed: cannot connect to the multipass socket\n', 'daemon-down'],
  ['list failed: multipass socket access denied\n', 'access-denied'],
  ['list failed: The client is not authenticated with the Multipass service.\n', 'not-authenticated'],
  ['info failed: The following errors occurred:\ninstance "n1" does not exist\n', 'not-found'],
  [
    "start failed: Instance 'n1' is deleted. Use 'recover' to recover it or 'purge' to permanently delete it.",
    'deleted',
  ],
  ["start failed: Instance 'n1' is already running, but in an unknown state.\nTry to stop it first.", 'unknown-state'],
  ['stop failed: Cannot shut down suspended instance n1.\nUse --force to power it off.', 'needs-force'],
  [failed('something nobody has seen before'), 'other'],
];

test.each(MESSAGES)('%j', (text, kind) => {
  expect(classify(2, text)).toBe(kind);
});

test("the name of an instance is no part of the message, and the client's own time-out has no message at all", () => {
  const text = failed('The following errors occurred:\nab-kvm-1: no luck');
  expect(classify(2, text)).toBe('hypervisor');
  expect(classify(2, text, 'ab-kvm-1')).toBe('other');
  expect(classify(5, '')).toBe('client-timeout');
});
