import { z } from 'zod';

/** What a writer is started with. */
export const writerOptions = z.object({
  file: z.string(),
  record: z.string(),
  seed: z.number(),
  /** For each of the watched prefixes: the last revision that was heard of. */
  heard: z.array(z.number()),
});

export type WriterOptions = z.infer<typeof writerOptions>;

/** The prefixes that are watched. The first is everything; values under the second are encrypted. */
export const WATCHED = ['/', '/secrets/', '/pods/a'] as const;

/** What a writer noted, in order: each line is with the operating system before the writer goes on. */
export const entrySchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('try'), id: z.string(), key: z.string() }),
  /** `id` is that of the value; nothing for a deletion. */
  z.object({ type: z.literal('done'), revision: z.number(), key: z.string(), id: z.string().optional() }),
  z.object({
    type: z.literal('heard'),
    watcher: z.number(),
    revision: z.number(),
    key: z.string(),
    id: z.string().optional(),
  }),
  z.object({ type: z.literal('compacted'), revision: z.number() }),
]);

export type Entry = z.infer<typeof entrySchema>;

/** A value that shows by itself whether it is whole: its length follows from its id. */
export function valueOf(id: string): Buffer {
  return Buffer.from(JSON.stringify({ id, filling: filling(id) }));
}

/** The id of a whole value. */
export function idOf(value: Buffer): string {
  const { id, filling: found } = valueSchema.parse(JSON.parse(value.toString('utf8')));
  if (found !== filling(id)) throw new Error(`The value ${id} is not whole`);
  return id;
}

const valueSchema = z.object({ id: z.string(), filling: z.string() });

function filling(id: string): string {
  return id.repeat((Number(id.split('-')[1]) * 37) % 400);
}
