import { readFile } from 'node:fs/promises';
import { AppError } from '#common/base/app-error.ts';

/** A distribution whose packages a machine can be built from. */
export interface Distribution {
  readonly id: 'debian' | 'ubuntu';
  /** `bookworm`, `noble`. */
  readonly codename: string;
  /** As dpkg names it. */
  readonly architecture: 'amd64' | 'arm64';
}

/** Reads os-release(5). Fails with `unsupported-distribution` or `architecture-unsupported`. */
export function parseDistribution(osRelease: string, nodeArchitecture: string): Distribution {
  const values = new Map<string, string>();
  for (const line of osRelease.split('\n')) {
    const match = /^([A-Z_]+)=(?:"(.*)"|'(.*)'|(.*))$/.exec(line.trim());
    if (match) values.set(match[1]!, match[2] ?? match[3] ?? match[4] ?? '');
  }
  const id = values.get('ID');
  const codename = values.get('VERSION_CODENAME') ?? '';
  if ((id !== 'debian' && id !== 'ubuntu') || !/^[a-z]+$/.test(codename)) {
    const found = values.get('PRETTY_NAME') ?? id ?? 'an unknown distribution';
    throw new AppError('unsupported-distribution', { params: { found } });
  }
  switch (nodeArchitecture) {
    case 'x64':
      return { id, codename, architecture: 'amd64' };
    case 'arm64':
      return { id, codename, architecture: 'arm64' };
    default:
      throw new AppError('architecture-unsupported', { params: { architecture: nodeArchitecture } });
  }
}

export async function readDistribution(): Promise<Distribution> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return parseDistribution(text, process.arch);
}
