import { CommandFailure } from './command-failure.ts';

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** `512M`, `1.5GiB`, `1073741824`: powers of 1024, decimals only with a unit, none above G. */
export function parseSize(text: string): number {
  const match = /^(?:(\d+(?:\.\d+)?)([KMG])(?:i?B)?|(\d+)B?)$/i.exec(text);
  if (!match) {
    const wanted =
      'need a non-negative integer (in base 10) or a decimal followed by K, M, or G (e.g. 1234B, 42MiB, 0.5G)';
    const message = `[error] [client] Caught an unhandled exception: ${text} is not a valid memory size - ${wanted}`;
    throw new CommandFailure(1, message, 'plain');
  }
  return match[3] !== undefined ? Number(match[3]) : Number(match[1]) * UNITS[match[2]!.toUpperCase()]!;
}
