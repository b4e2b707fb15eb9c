import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

const progressSchema = z.object({
  message: z.string(),
  /** Set at the end; an empty failure is success. */
  failure: z.string().optional(),
});
export type LaunchProgress = z.infer<typeof progressSchema>;

/** What the daemon tells the client of a launch, in a file between the two. */
export class LaunchFile {
  readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  static async create(directory: string): Promise<LaunchFile> {
    const folder = path.join(directory, 'launches');
    await mkdir(folder, { recursive: true });
    const created = new LaunchFile(path.join(folder, `${randomUUID()}.json`));
    await created.write({ message: '' });
    return created;
  }

  async read(): Promise<LaunchProgress> {
    return progressSchema.parse(JSON.parse(await readFile(this.file, 'utf8')));
  }

  async write(progress: LaunchProgress): Promise<void> {
    const partial = `${this.file}.partial`;
    await writeFile(partial, JSON.stringify(progress));
    await rename(partial, this.file);
  }
}
