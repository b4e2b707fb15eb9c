import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { BadUseError } from './bad-use.ts';

/** Lines that came with another one and have not been asked for yet. */
const waiting: string[] = [];

/** One line of the terminal, not shown while it is typed; without a terminal, the next line of the input. */
export async function readSecret(prompt: string): Promise<string> {
  const ready = waiting.shift();
  if (ready !== undefined) return ready;
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: process.stdin.isTTY });
  process.stderr.write(prompt);
  try {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    let isFirst = true;
    lines.on('line', (line) => {
      if (isFirst) resolve(line);
      else waiting.push(line);
      isFirst = false;
    });
    lines.once('close', () => reject(new BadUseError('nothing was given')));
    lines.once('SIGINT', () => reject(new BadUseError('nothing was given')));
    return await promise;
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
