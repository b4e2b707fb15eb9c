import { findExecutable } from '../machines/multipass/executable.ts';
import type { ProviderId } from './context.ts';

/**
 * The ways to make machines that this computer has, the one to propose first. Machines without a hypervisor are what
 * Linux can make where there is no Multipass; elsewhere nothing is made before Multipass is installed. Machines that
 * the user has are reached from everywhere.
 */
export async function offeredProviders(
  executable: string | undefined,
  platform: NodeJS.Platform = process.platform,
): Promise<ProviderId[]> {
  if (platform !== 'linux') return ['multipass', 'ssh'];
  const found = await findExecutable(executable === undefined ? {} : { executable });
  return found === undefined ? ['namespace', 'ssh'] : ['multipass', 'namespace', 'ssh'];
}
