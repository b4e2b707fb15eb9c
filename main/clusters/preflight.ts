import type { Finding } from '#common/contract/finding.ts';
import type { MachineProvider } from '../machines/provider.ts';

/** Tells whether this computer can make machines: that it looks, then what it found. */
export async function runPreflight(
  provider: MachineProvider,
  emit: (event: { finished: boolean; findings: Finding[] }) => void,
  signal: AbortSignal,
): Promise<void> {
  emit({ finished: false, findings: [] });
  const findings = await provider.preflight(signal);
  emit({ finished: true, findings: [...findings] });
}
