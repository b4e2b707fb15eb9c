import { describeError } from '#common/base/log.ts';

/** One file of the collection: a name in it, and a text. */
export type SupportFile = readonly [name: string, text: string];

/** A part that cannot be had says why in its place. */
export async function textOr(read: () => Promise<string>): Promise<string> {
  try {
    return await read();
  } catch (error) {
    return `This could not be collected: ${describeError(error)}\n`;
  }
}
