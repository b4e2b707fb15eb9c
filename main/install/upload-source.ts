import { open } from 'node:fs/promises';

/** What is uploaded: a file of this computer, or bytes. */
export interface UploadSource extends AsyncDisposable {
  readonly size: number;
  read(position: number, length: number): Promise<Buffer>;
}

export async function openSource(source: string | Uint8Array): Promise<UploadSource> {
  if (typeof source !== 'string') {
    const bytes = Buffer.from(source);
    return {
      size: bytes.length,
      read: async (position, length) => bytes.subarray(position, position + length),
      [Symbol.asyncDispose]: async () => undefined,
    };
  }
  const file = await open(source, 'r');
  const { size } = await file.stat();
  return {
    size,
    read: async (position, length) => {
      const chunk = Buffer.allocUnsafe(length);
      const { bytesRead } = await file.read(chunk, 0, length, position);
      if (bytesRead !== length) throw new Error(`${source} became shorter while it was sent`);
      return chunk;
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
}
