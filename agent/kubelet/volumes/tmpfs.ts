import { mkdir, readFile } from 'node:fs/promises';
import { runCommand } from '../../base/command.ts';

/** Mounts a memory file system, of at most `bytes` if given, unless there is one already. */
export async function mountTmpfs(directory: string, bytes?: number): Promise<void> {
  await mkdir(directory, { recursive: true });
  if ((await mountsBelow(directory)).includes(directory)) return;
  const size = bytes === undefined ? [] : ['-o', `size=${bytes}`];
  await runCommand('mount', ['-t', 'tmpfs', ...size, 'tmpfs', directory]);
}

/** Takes down every mount at or below the directory, the deepest first. */
export async function unmountBelow(directory: string): Promise<void> {
  for (const mount of (await mountsBelow(directory)).sort((left, right) => right.length - left.length)) {
    await runCommand('umount', [mount]);
  }
}

async function mountsBelow(directory: string): Promise<string[]> {
  const table = await readFile('/proc/self/mountinfo', 'utf8');
  return mountPoints(table).filter((mount) => mount === directory || mount.startsWith(`${directory}/`));
}

/** The fifth field of each line of a mountinfo (proc(5)), in which blanks are written in octal. */
export function mountPoints(mountinfo: string): string[] {
  return mountinfo
    .split('\n')
    .filter((line) => line !== '')
    .map((line) =>
      (line.split(' ')[4] ?? '').replace(/\\([0-7]{3})/g, (_match, octal: string) =>
        String.fromCharCode(Number.parseInt(octal, 8)),
      ),
    );
}
