import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** sun_path of unix(7) holds 108 bytes on Linux and 104 on macOS, with its end. */
const LONGEST = 100;

/** Where the instance that owns a home listens for commands: in the home, or beside it where its path is too long. */
export function socketPath(home: string, platform: NodeJS.Platform = process.platform): string {
  const digest = createHash('sha256').update(path.resolve(home)).digest('hex').slice(0, 16);
  if (platform === 'win32') return `\\\\.\\pipe\\pilothouse-${digest}`;
  const inside = path.join(path.resolve(home), 'instance.sock');
  return Buffer.byteLength(inside) <= LONGEST ? inside : path.join(tmpdir(), `pilothouse-${digest}`, 'instance.sock');
}
