import { z } from 'zod';

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** An amount of memory or disk as people and Multipass write it: `2G`, `1.5GiB`, `512M`; always powers of 1024. */
export const sizeSchema = z.string().transform((text, context): number => {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b?)$/i.exec(text) ?? [];
  if (amount !== undefined && unit !== undefined) return Math.round(Number(amount) * UNITS[unit.toLowerCase()]!);
  context.addIssue({ code: 'custom', message: 'give a size such as 2G or 512M' });
  return z.NEVER;
});

export function sizeText(bytes: number): string {
  const gib = bytes / 2 ** 30;
  return gib >= 1 ? `${Number(gib.toFixed(1))}G` : `${Math.round(bytes / 2 ** 20)}M`;
}
