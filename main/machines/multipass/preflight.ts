import { AppError } from '#common/base/app-error.ts';
import type { Finding } from '#common/contract/finding.ts';
import type { CheckName } from '#common/i18n/checks.ts';
import { serviceError } from './app-errors.ts';
import type { MultipassCommands } from './commands.ts';
import { requireDaemon, requireDriver, requireVersion, type Versions } from './probe.ts';

/** Whether Multipass is there and can make machines, check by check: each needs the one before. Changes nothing. */
export async function preflight(commands: MultipassCommands, signal: AbortSignal): Promise<readonly Finding[]> {
  let versions: Versions | undefined;
  const checks: readonly (readonly [CheckName, () => Promise<string>])[] = [
    ['multipass', async () => (versions = await requireVersion(commands, signal)).client],
    ['multipass-daemon', async () => requireDaemon(commands, versions!, signal)],
    ['multipass-driver', () => requireDriver(commands, signal)],
    ['hypervisor', () => hypervisorDetail(commands, signal)],
  ];
  const findings: Finding[] = [];
  for (const [check, run] of checks) {
    const finding = await look(check, run);
    findings.push(finding);
    if (finding.outcome === 'failed') break;
  }
  return findings;
}

async function look(check: CheckName, run: () => Promise<string>): Promise<Finding> {
  try {
    const detail = await run();
    return { check, outcome: 'ok', ...(detail === '' ? {} : { detail }) };
  } catch (error) {
    const { code, params } = AppError.from(error);
    if (code === 'cancelled') throw error;
    return { check, outcome: 'failed', code, params: { ...params } };
  }
}

/** Drivers examine the host before they list its networks; some have no such list, which is no finding. */
async function hypervisorDetail(commands: MultipassCommands, signal: AbortSignal): Promise<string> {
  try {
    await commands.networks(signal);
  } catch (error) {
    const known = serviceError(error, (failure) => new AppError('internal', { params: { message: failure.message } }));
    if (!(known instanceof AppError) || known.code !== 'internal') throw known;
  }
  return '';
}
