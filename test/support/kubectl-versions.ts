import { execaSync } from 'execa';
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';

/** The kubectl of a minor version (`1.30`): beside one on the PATH under that name, or one itself. */
export function kubectlOfVersion(minor: string): string | undefined {
  const found = (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, 'kubectl'))
    .filter((file) => existsSync(file));
  for (const file of found) {
    const sibling = path.join(path.dirname(realpathSync(file)), `kubectl.${minor}`);
    if (existsSync(sibling)) return sibling;
    const { stdout } = execaSync(file, ['version', '--client', '-o', 'json'], { stdin: 'ignore' });
    if (stdout.includes(`"gitVersion": "v${minor}.`)) return file;
  }
  return undefined;
}
