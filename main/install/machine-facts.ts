import { AppError } from '#common/base/app-error.ts';
import type { Architecture } from '../../resources/images/manifest.ts';
import type { SshConnection } from './ssh-connection.ts';

/** Reads what kind of processor the machine has. Fails with `architecture-unsupported`. */
export async function readArchitecture(connection: SshConnection, signal: AbortSignal): Promise<Architecture> {
  const { stdout } = await connection.run(['uname', '-m'], { signal });
  const machine = stdout.trim();
  switch (machine) {
    case 'x86_64':
      return 'amd64';
    case 'aarch64':
      return 'arm64';
    default:
      throw new AppError('architecture-unsupported', { params: { architecture: machine } });
  }
}

const CAP_SYS_RESOURCE = 24n;

/** Whether /proc/self/status tells of CAP_SYS_RESOURCE (capabilities(7)). */
export function mayLowerOomScores(status: string): boolean {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0';
  return ((BigInt(`0x${mask}`) >> CAP_SYS_RESOURCE) & 1n) === 1n;
}

/** The first `major.minor` in a program's version output. */
export function parseVersion(text: string): readonly [major: number, minor: number] | undefined {
  const match = /(\d+)\.(\d+)/.exec(text);
  return match ? [Number(match[1]), Number(match[2])] : undefined;
}
