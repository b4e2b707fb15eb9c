import { stringify } from 'yaml';
import type { SshKeyPair } from '../../install/ssh-key.ts';
import type { MachineSpec } from '../provider.ts';

/** Where an instance carries the mark by which we know it as ours. */
export const MARK_FILE = '/etc/pilothouse-machine';

/**
 * The cloud-config of a node: our key for root, a host key that we can pin, and our mark. Multipass appends keys of
 * its own to these lists; `users` is left alone, or the default user would not be made.
 * Source: cloud-init, modules cc_ssh, cc_set_hostname and cc_write_files.
 */
export function userData(spec: MachineSpec, hostKey: SshKeyPair, mark: string): string {
  return stringify({
    hostname: spec.hostname,
    preserve_hostname: false,
    disable_root: false,
    ssh_authorized_keys: [spec.sshPublicKey.trim()],
    ssh_keys: { ecdsa_private: hostKey.privateKey, ecdsa_public: hostKey.publicKey },
    package_update: false,
    package_upgrade: false,
    write_files: [{ path: MARK_FILE, content: `${mark}\n`, permissions: '0644' }],
  });
}
