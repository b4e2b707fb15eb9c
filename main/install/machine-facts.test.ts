import { expect, test } from 'vitest';
import { mayLowerOomScores, parseVersion } from './machine-facts.ts';
import { enabledControllers } from './steps/check.ts';
import { parseImageList } from './steps/images.ts';

test('CAP_SYS_RESOURCE is bit 24', () => {
  expect(mayLowerOomScores('Name:\tcat\nCapEff:\t000001ffffffffff\n')).toBe(true);
  expect(mayLowerOomScores('Name:\tcat\nCapEff:\t000001fffeffffff\n')).toBe(false);
  expect(mayLowerOomScores('')).toBe(false);
});

test.each([
  ['containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u3', [1, 6]],
  ['containerd containerd.io v2.1.4 75cb2b7193e4e490e9fbdc236c0e811ccaba3376', [2, 1]],
  ['nothing', undefined],
])('the version in %j', (text, version) => {
  expect(parseVersion(text)).toEqual(version);
});

test('the table of images gives digests by reference', () => {
  const table = [
    'REF                      TYPE                                       DIGEST        SIZE    PLATFORMS   LABELS',
    'pilothouse.local/pause:1 application/vnd.oci.image.manifest.v1+json sha256:aa     8.2 KiB linux/amd64 -',
    '',
  ].join('\n');
  expect([...parseImageList(table)]).toEqual([['pilothouse.local/pause:1', 'sha256:aa']]);
});

test('the table of cgroups gives the controllers that are switched on', () => {
  const table = '#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t1\t26\t1\nmemory\t0\t1\t0\npids\t8\t3\t1\n';
  expect(enabledControllers(table)).toBe('cpu pids');
});
