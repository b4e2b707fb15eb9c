import { findExecutable } from '../machines/multipass/executable.ts';
import type { ProviderId } from './context.ts';

/**
 * The ways to make machines that this computer has, the one to propose first. Machines without a hypervisor are what
 * Linux can make where there is no Multipass; elsewhere nothing works before Multipass is installed.
 */
export async function offeredProviders(
  executable: string | undefined,
  platform: NodeJS.Platform = process.platform,
): Promise<ProviderId[]> {
  if (platform !== 'linux') return ['multipass'];
  const found = await findExecutable(executable === undefined ? {} : { executable });
  return found === undefined ? ['namespace'] : ['multipass', 'namespace'];
}
