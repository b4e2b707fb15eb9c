import { execaSync } from 'execa';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';

/** The kubectl of a minor version (`1.30`): beside one on the PATH under that name, or one itself. */
export function kubectlOfVersion(minor: string): string | undefined {
  for (const file of kubectlsOnPath()) {
    const sibling = path.join(path.dirname(realpathSync(file)), `kubectl.${minor}`);
    if (existsSync(sibling)) return sibling;
    if (versionOf(file) === minor) return file;
  }
  return undefined;
}

export interface FoundKubectl {
  readonly binary: string;
  /** `1.20` */
  readonly version: string;
}

/** The oldest there is, such as Debian's. */
export function oldestKubectl(): FoundKubectl | undefined {
  const found = kubectlsOnPath().flatMap((file) => {
    const folder = path.dirname(realpathSync(file));
    const siblings = readdirSync(folder).filter((name) => /^kubectl\.1\.\d+$/.test(name));
    return [
      { binary: file, version: versionOf(file) },
      ...siblings.map((name) => ({ binary: path.join(folder, name), version: name.slice('kubectl.'.length) })),
    ];
  });
  return found.sort((a, b) => minorOf(a) - minorOf(b))[0];
}

function minorOf({ version }: FoundKubectl): number {
  return Number(version.split('.')[1]);
}

function kubectlsOnPath(): string[] {
  return (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, 'kubectl'))
    .filter((file) => existsSync(file));
}

function versionOf(binary: string): string {
  const { stdout } = execaSync(binary, ['version', '--client', '-o', 'json'], { stdin: 'ignore' });
  return /"gitVersion": "v(\d+\.\d+)\./.exec(stdout)?.[1] ?? '';
}
