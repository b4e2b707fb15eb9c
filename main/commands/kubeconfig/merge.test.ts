import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { mergeIntoFile, mergeKubeconfig } from './merge.ts';

const entry = (name: string, server: string): string => `apiVersion: v1
kind: Config
clusters:
  - name: ${name}
    cluster:
      server: ${server}
users:
  - name: ${name}
    user:
      token: of-${name}
contexts:
  - name: ${name}
    context:
      cluster: ${name}
      user: ${name}
current-context: ${name}
`;
const theirs = `# mine, by hand
${entry('work', 'https://work.example:6443').replace('users:', '# who I am\nusers:')}preferences: {}
`;
const ours = entry('pilothouse-demo', 'https://127.0.0.1:16443');

describe('a kubeconfig', () => {
  it('that is not there becomes the cluster’s', () => {
    expect(parse(mergeKubeconfig('', ours, 'config'))).toEqual(parse(ours));
  });

  it('keeps what it has, comments too, and gets the cluster as its current one', () => {
    const merged = mergeKubeconfig(theirs, ours, 'config');
    expect(merged).toContain('# mine, by hand');
    expect(merged).toContain('# who I am');
    const config = parse(merged) as Record<string, { name: string }[]>;
    for (const list of ['clusters', 'users', 'contexts']) {
      expect(config[list]!.map(({ name }) => name)).toEqual(['work', 'pilothouse-demo']);
    }
    expect(config['current-context']).toBe('pilothouse-demo');
    expect(config['preferences']).toEqual({});
  });

  it('gets new values for entries of the same name', () => {
    const again = mergeKubeconfig(
      mergeKubeconfig(theirs, ours, 'config'),
      entry('pilothouse-demo', 'https://b'),
      'config',
    );
    const { clusters } = parse(again) as { clusters: { name: string; cluster: { server: string } }[] };
    expect(clusters.map(({ name, cluster }) => [name, cluster.server])).toEqual([
      ['work', 'https://work.example:6443'],
      ['pilothouse-demo', 'https://b'],
    ]);
  });

  it('may have empty lists', () => {
    const merged = mergeKubeconfig('apiVersion: v1\nclusters: null\nusers: []\ncontexts:\n', ours, 'config');
    expect((parse(merged) as { clusters: unknown[] }).clusters).toHaveLength(1);
  });

  it.each([
    ['clusters: {a: 1}', /^clusters: /],
    ['- a\n- b', /expected object/i],
    ['a: [', /./],
    ['users:\n- {}', /^users\.0\.name: /],
  ])('that is none is refused: %j', (text, reason) => {
    expect(() => mergeKubeconfig(text, ours, 'config')).toThrow(
      expect.objectContaining({
        code: 'kubeconfig-unreadable',
        params: { path: 'config', reason: expect.stringMatching(reason) as string },
      }),
    );
  });
});

describe('the file', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'pilothouse-merge-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('is kept as it was beside itself, and only its owner may read either', async () => {
    const file = path.join(directory, 'config');
    await writeFile(file, theirs, { mode: 0o644 });
    await mergeIntoFile(file, ours);
    expect(await readFile(`${file}.pilothouse-backup`, 'utf8')).toBe(theirs);
    for (const name of [file, `${file}.pilothouse-backup`]) expect((await stat(name)).mode & 0o777).toBe(0o600);
    await mergeIntoFile(file, ours);
    expect(await readFile(`${file}.pilothouse-backup`, 'utf8')).toBe(theirs);
  });

  it('may be a link, and stays one', async () => {
    const [file, link] = [path.join(directory, 'real'), path.join(directory, 'config')];
    await writeFile(file, theirs);
    await symlink(file, link);
    await mergeIntoFile(link, ours);
    expect(await readFile(file, 'utf8')).toContain('pilothouse-demo');
    expect(await readFile(link, 'utf8')).toContain('pilothouse-demo');
  });

  it('that cannot be read is left as it is', async () => {
    const file = path.join(directory, 'config');
    await writeFile(file, 'a: [');
    await expect(mergeIntoFile(file, ours)).rejects.toMatchObject({ code: 'kubeconfig-unreadable' });
    expect(await readFile(file, 'utf8')).toBe('a: [');
  });
});
