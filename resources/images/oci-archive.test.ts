import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { extract } from 'tar-stream';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { ociArchive, type OciImage } from './oci-archive.ts';

const image: OciImage = {
  reference: 'pilothouse.local/example:1',
  architecture: 'arm64',
  files: { b: Buffer.from('second'), a: Buffer.from('first') },
  config: { Entrypoint: ['/a'] },
};

const descriptor = z.object({ digest: z.string(), size: z.number(), mediaType: z.string() });

test('the same image is the same bytes, whatever the order of its files', async () => {
  const one = await ociArchive(image);
  const two = await ociArchive({ ...image, files: { a: Buffer.from('first'), b: Buffer.from('second') } });
  expect(two.tar.equals(one.tar)).toBe(true);
  const other = await ociArchive({ ...image, files: { a: Buffer.from('changed') } });
  expect(other.digest).not.toBe(one.digest);
});

test('every blob is what its digest says, from the index down to the files', async () => {
  const archive = await ociArchive(image);
  const files = await unpack(archive.tar);
  for (const [name, { content }] of files) {
    const digest = /^blobs\/sha256\/(.*)$/.exec(name)?.[1];
    if (digest) expect(createHash('sha256').update(content).digest('hex')).toBe(digest);
  }
  const read = (target: z.infer<typeof descriptor>): Buffer => {
    const { content } = files.get(`blobs/${target.digest.replace(':', '/')}`)!;
    expect(content.length).toBe(target.size);
    return content;
  };
  const index = z
    .object({ manifests: z.tuple([descriptor.extend({ annotations: z.record(z.string(), z.string()) })]) })
    .parse(JSON.parse(files.get('index.json')!.content.toString()));
  expect(index.manifests[0].annotations['io.containerd.image.name']).toBe('pilothouse.local/example:1');
  expect(index.manifests[0].digest).toBe(archive.digest);
  const manifest = z
    .object({ config: descriptor, layers: z.tuple([descriptor]) })
    .parse(JSON.parse(read(index.manifests[0]).toString()));
  const config: unknown = JSON.parse(read(manifest.config).toString());
  expect(config).toMatchObject({
    os: 'linux',
    architecture: 'arm64',
    config: { Entrypoint: ['/a'] },
    rootfs: { type: 'layers', diff_ids: [manifest.layers[0].digest] },
  });
  const layer = await unpack(read(manifest.layers[0]));
  expect([...layer].map(([name, { content, mode }]) => [name, content.toString(), mode])).toEqual([
    ['a', 'first', 0o555],
    ['b', 'second', 0o555],
  ]);
});

async function unpack(tar: Buffer): Promise<Map<string, { content: Buffer; mode: number | undefined }>> {
  const files = new Map<string, { content: Buffer; mode: number | undefined }>();
  for await (const entry of Readable.from([tar]).pipe(extract())) {
    files.set(entry.header.name, { content: await buffer(entry), mode: entry.header.mode });
  }
  return files;
}
