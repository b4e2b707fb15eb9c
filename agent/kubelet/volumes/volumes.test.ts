import { lstat, mkdtemp, readdir, readFile, readlink, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Stored } from '#common/kube/object.ts';
import type { ConfigMap } from '#common/kube/resources.ts';
import { pod } from '../../testing/pods.ts';
import { writePayload, type Payload } from './atomic-writer.ts';
import { mountPoints } from './tmpfs.ts';
import type { VolumeSpec } from './volume.ts';
import { setUpVolumes, tearDownVolumes } from './volumes.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'volumes-'));
});

afterEach(() => rm(directory, { recursive: true }));

const payload = (files: Readonly<Record<string, string>>, mode = 0o644): Payload =>
  new Map(Object.entries(files).map(([name, text]) => [name, { data: Buffer.from(text), mode }]));
const read = (name: string) => readFile(path.join(directory, name), 'utf8');
const visible = async () => (await readdir(directory)).filter((name) => !name.startsWith('..')).sort();

describe('files that are replaced all at once', () => {
  it('lie behind links that lead through one that is switched', async () => {
    expect(await writePayload(directory, payload({ a: '1', 'sub/b': '2' }))).toBe(true);
    expect(await visible()).toEqual(['a', 'sub']);
    expect(await readlink(path.join(directory, 'a'))).toBe('..data/a');
    expect([await read('a'), await read('sub/b')]).toEqual(['1', '2']);
    const before = await readlink(path.join(directory, '..data'));

    expect(await writePayload(directory, payload({ a: 'one', c: '3' }))).toBe(true);
    expect(await visible()).toEqual(['a', 'c']);
    expect(await read('a')).toBe('one');
    expect(await readlink(path.join(directory, '..data'))).not.toBe(before);
    expect((await readdir(directory)).filter((name) => name.startsWith('..'))).toHaveLength(2);
  });

  it('are left alone when they are as they should be', async () => {
    await writePayload(directory, payload({ a: '1' }));
    const before = await readlink(path.join(directory, '..data'));
    expect(await writePayload(directory, payload({ a: '1' }))).toBe(false);
    expect(await readlink(path.join(directory, '..data'))).toBe(before);
    expect(await writePayload(directory, payload({}))).toBe(true);
    expect(await visible()).toEqual([]);
  });

  it('may be read by those they are for, whatever the mask of the process', async () => {
    const mask = process.umask(0o077);
    try {
      await writePayload(directory, payload({ 'sub/a': '1' }, 0o440));
    } finally {
      process.umask(mask);
    }
    expect((await stat(path.join(directory, 'sub/a'))).mode & 0o777).toBe(0o440);
    expect((await stat(path.join(directory, 'sub'))).mode & 0o777).toBe(0o755);
  });

  it.each(['../a', '/a', 'a/../../b', '..a', '', 'a//b', 'a\0'])('do not get out of their volume: %j', async (name) => {
    await expect(writePayload(directory, payload({ [name]: 'x' }))).rejects.toThrow(/invalid path/);
  });
});

describe('the volumes of a pod', () => {
  const settings = { data: { colour: 'blue' }, binaryData: { raw: 'AAEC' } } as unknown as Stored<ConfigMap>;
  const setUp = (...volumes: VolumeSpec[]) =>
    setUpVolumes(directory, {
      pod: pod({ volumes }),
      gid: undefined,
      configMap: (name) => (name === 'settings' ? settings : undefined),
      secret: () => undefined,
      token: async ({ audience = 'api' }) => `token for ${audience}`,
      allocatable: { cpu: '2' },
    });

  it('have a directory each', async () => {
    const paths = await setUp({ name: 'a', emptyDir: {} }, { name: 'b', configMap: { name: 'settings' } });
    expect(Object.fromEntries(paths)).toEqual({
      a: path.join(directory, 'kubernetes.io~empty-dir/a'),
      b: path.join(directory, 'kubernetes.io~configmap/b'),
    });
    expect((await lstat(paths.get('a')!)).mode & 0o777).toBe(0o777);
    expect(await readFile(path.join(paths.get('b')!, 'raw'))).toEqual(Buffer.of(0, 1, 2));
    await tearDownVolumes(directory);
    await expect(stat(directory)).rejects.toThrow();
    await setUp({ name: 'a', emptyDir: {} });
  });

  it('show chosen keys under their own names and modes', async () => {
    const items = [{ key: 'colour', path: 'my/colour', mode: 0o400 }];
    const paths = await setUp({ name: 'b', configMap: { name: 'settings', items } });
    const file = path.join(paths.get('b')!, 'my/colour');
    expect(await readFile(file, 'utf8')).toBe('blue');
    expect((await stat(file)).mode & 0o777).toBe(0o400);
  });

  it('are empty where what they show is optional', async () => {
    const paths = await setUp({ name: 'b', configMap: { name: 'none', optional: true } });
    expect((await readdir(paths.get('b')!)).filter((name) => !name.startsWith('..'))).toEqual([]);
  });

  it.each([
    [{ configMap: { name: 'none' } }, 'configmap "none" not found'],
    [{ secret: { secretName: 'none' } }, 'secret "none" not found'],
    [
      { configMap: { name: 'settings', items: [{ key: 'size', path: 'x' }] } },
      'references non-existent config key: size',
    ],
    [{ emptyDir: { medium: 'Gold' } }, 'unknown storage medium "Gold"'],
    [{ nfs: { server: 'a', path: '/' } }, 'no volume plugin matched'],
  ] as const)('say why they cannot be had (%#)', async (source, reason) => {
    await expect(setUp({ name: 'v', ...source })).rejects.toThrow(
      `MountVolume.SetUp failed for volume "v" : ${reason}`,
    );
  });
});

describe('the table of mounts', () => {
  it('is read with its escapes', () => {
    const table = [
      '36 35 98:0 /mnt1 /var/lib/a\\040b rw,noatime master:1 - ext3 /dev/root rw',
      '37 35 0:5 / /run rw - tmpfs tmpfs rw',
    ].join('\n');
    expect(mountPoints(table)).toEqual(['/var/lib/a b', '/run']);
  });
});
