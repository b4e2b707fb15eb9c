import type { Finding } from '#common/contract/finding.ts';
import type { HostWithSecrets } from '#common/contract/host.ts';
import type { MachineProvider } from '../machines/provider.ts';

/** Tells whether this computer can make machines, or take over the hosts: that it looks, then what it found. */
export async function runPreflight(
  provider: MachineProvider,
  emit: (event: { finished: boolean; findings: Finding[] }) => void,
  signal: AbortSignal,
  hosts: readonly HostWithSecrets[] = [],
): Promise<void> {
  emit({ finished: false, findings: [] });
  const findings = await provider.preflight(signal, hosts);
  emit({ finished: true, findings: [...findings] });
}
