import { z } from 'zod';

/**
 * Every error that the app itself can report. Each has a cause, an advice and a title in every
 * language (common/i18n/errors.ts); code decides by the code, never by a text.
 */
export const errorCodeSchema = z.enum([
  // this computer
  'not-root',
  'not-linux',
  'unsupported-distribution',
  'tool-missing',
  'kernel-feature-missing',
  'memory-short',
  'disk-short',
  'file-system-unsuitable',
  'port-in-use',
  'home-in-use',
  'home-not-writable',
  'address-range-exhausted',
  // Multipass
  'multipass-missing',
  'multipass-too-old',
  'multipass-daemon-down',
  'multipass-access-denied',
  'multipass-not-authenticated',
  'multipass-not-responding',
  'multipass-output-unreadable',
  'multipass-driver-unsupported',
  'multipass-driver-changed',
  'hypervisor-unavailable',
  // machines and installation
  'architecture-unsupported',
  'clock-skew',
  'base-image-failed',
  'machine-create-failed',
  'machine-start-failed',
  'machine-missing',
  'machine-name-taken',
  'machine-image-missing',
  'machine-image-download-failed',
  'machine-boot-timed-out',
  'host-address-unknown',
  'ssh-unreachable',
  'ssh-refused',
  'ssh-host-key-changed',
  'remote-command-failed',
  'upload-failed',
  'node-not-ready',
  'tunnel-refused',
  'node-probe-failed',
  'verification-failed',
  // machines that the user has
  'ssh-connection-refused',
  'ssh-login-refused',
  'ssh-key-unreadable',
  'ssh-passphrase-needed',
  'ssh-agent-missing',
  'host-name-unknown',
  'host-system-unsupported',
  'host-is-this-computer',
  'host-already-node',
  'host-address-taken',
  'sudo-password-needed',
  'sudo-denied',
  // clusters
  'cluster-name-invalid',
  'cluster-name-taken',
  'cluster-missing',
  'cluster-busy',
  'cluster-not-running',
  'cluster-newer',
  'node-missing',
  'node-name-taken',
  'node-last',
  'master-failed',
  'store-damaged',
  'store-newer',
  'encryption-keys-unreadable',
  // workloads
  'name-taken',
  'input-invalid',
  'refused-by-api',
  // the command line
  'instance-not-started',
  'not-in-this-window',
  'file-unreadable',
  'file-exists',
  'kubeconfig-unreadable',
  // the window
  'connection-lost',
  'events-missed',
  // everywhere
  'cancelled',
  'internal',
]);

export type ErrorCode = z.infer<typeof errorCodeSchema>;
