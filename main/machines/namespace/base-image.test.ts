import { expect, test } from 'vitest';
import type { AppError } from '#common/base/app-error.ts';
import { distributionEntries } from './apt-sources.ts';
import { BaseImageProgress } from './base-image-progress.ts';
import { baseImageName, baseImageRecipe } from './base-image-recipe.ts';
import { parseDistribution, type Distribution } from './distribution.ts';

const bookworm: Distribution = { id: 'debian', codename: 'bookworm', architecture: 'amd64' };

test('the name tells distribution, release and architecture, and follows what the image holds', () => {
  const name = baseImageName(baseImageRecipe, bookworm);
  expect(name).toMatch(/^debian-bookworm-amd64-[0-9a-f]{12}$/);
  const reordered = { ...baseImageRecipe, packages: baseImageRecipe.packages.toReversed() };
  expect(baseImageName(reordered, bookworm)).toBe(name);
  const changed = [
    { ...baseImageRecipe, packages: [...baseImageRecipe.packages, 'vim'] },
    { ...baseImageRecipe, files: { ...baseImageRecipe.files, '/etc/motd': 'hello' } },
    { ...baseImageRecipe, maskedUnits: baseImageRecipe.maskedUnits.slice(1) },
  ];
  expect(new Set([name, ...changed.map((recipe) => baseImageName(recipe, bookworm))]).size).toBe(4);
});

test('Debian and Ubuntu are told by os-release', () => {
  const debian = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_CODENAME=bookworm\n';
  expect(parseDistribution(debian, 'x64')).toEqual(bookworm);
  expect(parseDistribution("ID='ubuntu'\nVERSION_CODENAME=noble", 'arm64')).toEqual({
    id: 'ubuntu',
    codename: 'noble',
    architecture: 'arm64',
  });
});

test.each([
  ['PRETTY_NAME="Fedora Linux 42"\nID=fedora\n', 'x64', 'unsupported-distribution', { found: 'Fedora Linux 42' }],
  ['', 'x64', 'unsupported-distribution', { found: 'an unknown distribution' }],
  ['ID=debian\nVERSION_CODENAME="a b"\n', 'x64', 'unsupported-distribution', { found: 'debian' }],
  ['ID=debian\nVERSION_CODENAME=trixie\n', 'riscv64', 'architecture-unsupported', { architecture: 'riscv64' }],
])('%j on %s is refused by name', (text, architecture, code, params) => {
  let error: unknown;
  try {
    parseDistribution(text, architecture);
  } catch (thrown) {
    error = thrown;
  }
  expect((error as AppError).toShape()).toEqual({ code, params });
});

test('only sources of the distribution itself and of this release are used, each once', () => {
  const targets = [
    '/etc/apt/sources.list.d/debian.sources:1\tDebian\tbookworm',
    '/etc/apt/sources.list.d/debian.sources:1\tDebian\tbookworm-updates',
    '/etc/apt/sources.list.d/debian.sources:2\tDebian\tbookworm-security',
    '/etc/apt/sources.list.d/docker.list:1\tDocker\tbookworm',
    '/etc/apt/sources.list:4\tDebian\tsid',
    '/etc/apt/sources.list:7\t\tbookworm',
    'nonsense',
  ].join('\n');
  expect(distributionEntries(targets, bookworm)).toEqual([
    { file: '/etc/apt/sources.list.d/debian.sources', position: 1 },
    { file: '/etc/apt/sources.list.d/debian.sources', position: 2 },
    // Not known yet to be anybody else's.
    { file: '/etc/apt/sources.list', position: 7 },
  ]);
});

test('progress never goes back, and ends near the end', () => {
  const packages = Array.from({ length: 3 }, (_, index) => `package-${index}`);
  const output = [
    'I: running apt-get update...',
    'Get:1 http://deb.example bookworm InRelease [151 kB]',
    'I: downloading packages with apt...',
    '0 upgraded, 3 newly installed, 0 to remove and 0 not upgraded.',
    ...packages.map((name, index) => `Get:${index + 1} http://deb.example ${name}`),
    'I: extracting archives...',
    'I: installing essential packages...',
    ...packages.flatMap((name) => [`Unpacking ${name} ...`, `Setting up ${name} ...`]),
    'I: installing remaining packages inside the chroot...',
    '0 upgraded, 3 newly installed, 0 to remove and 0 not upgraded.',
    ...packages.map((name, index) => `Get:${index + 1} http://deb.example ${name}`),
    ...packages.flatMap((name) => [`Unpacking ${name} ...`, `Setting up ${name} ...`]),
    'no news for a reader',
    'I: cleaning package lists and apt cache...',
  ];
  const progress = new BaseImageProgress();
  const told = output.map((line) => progress.read(line)).filter((one) => one !== undefined);
  const fractions = told.map((one) => one.fraction!);
  expect(fractions).toEqual(fractions.toSorted((left, right) => left - right));
  expect(fractions[0]).toBeLessThan(0.05);
  expect(fractions.at(-1)).toBeGreaterThan(0.95);
  expect(told.map((one) => one.line)).not.toContain('no news for a reader');
});
