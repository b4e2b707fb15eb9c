import { AppError } from '#common/base/app-error.ts';
import type { SshConnection } from '../../install/ssh-connection.ts';

/** The oldest releases whose packages are new enough. */
const OLDEST: Readonly<Record<string, number>> = { debian: 12, ubuntu: 22.04 };
/** As `uname -m` prints them. */
const ARCHITECTURES = ['x86_64', 'aarch64'];

/** What a machine says of itself. */
export interface SystemWords {
  /** What `uname -s -m` printed: `Linux x86_64`. */
  readonly uname: string;
  /** os-release(5); undefined when there is none. */
  readonly osRelease: string | undefined;
}

export async function readSystem(connection: SshConnection, signal: AbortSignal): Promise<SystemWords> {
  // A system that has no such program says so by one of these.
  const { stdout } = await connection.run(['uname', '-s', '-m'], { signal, accept: [0, 1, 127, 9009] });
  return { uname: stdout.trim(), osRelease: await connection.read('/etc/os-release', signal).catch(() => undefined) };
}

/**
 * The system in a few words, if it can be a node. Fails with `host-system-unsupported`, which names what it is
 * instead, or with `architecture-unsupported`.
 */
export function requireSystem(host: string, { uname, osRelease = '' }: SystemWords): string {
  const [kernel = '', architecture = ''] = uname.split(/\s+/);
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}=["']?([^"'\\n]*)["']?$`, 'm').exec(osRelease)?.[1];
  const id = field('ID') ?? '';
  const found = field('PRETTY_NAME') ?? (id || (/^\w+$/.test(kernel) ? kernel : 'an unknown system'));
  // Releases that are still to come have no number.
  const release = Number(field('VERSION_ID') ?? Infinity);
  if (kernel !== 'Linux' || !(release >= (OLDEST[id] ?? Infinity)) || !(id in OLDEST)) {
    throw new AppError('host-system-unsupported', { params: { host, found } });
  }
  if (!ARCHITECTURES.includes(architecture)) {
    throw new AppError('architecture-unsupported', { params: { architecture } });
  }
  return `${found}, ${architecture}`;
}
