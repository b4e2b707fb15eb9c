import { access, chmod, glob, mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '#common/base/app-error.ts';
import type { Clock } from '#common/base/clock.ts';
import { withHeartbeat } from '../heartbeat.ts';
import { requireTools, runTool, ToolError } from '../host-tool.ts';
import type { ReportProgress } from '../provider.ts';
import { readAptSources } from './apt-sources.ts';
import { BaseImageProgress } from './base-image-progress.ts';
import { baseImageName, baseImageRecipe, requiredFiles, type BaseImageRecipe } from './base-image-recipe.ts';
import { readDistribution, type Distribution } from './distribution.ts';
import { withFileLock } from './file-lock.ts';

/** Where base images lie: one directory each, complete as soon as it has its name. */
const imagesDirectory = (cacheDirectory: string): string => path.join(cacheDirectory, 'base-images');

/** Where the base image for this host is, or will be. */
export async function baseImageDirectory(cacheDirectory: string): Promise<string> {
  return path.join(imagesDirectory(cacheDirectory), baseImageName(baseImageRecipe, await readDistribution()));
}

/**
 * The root file system that all machines of this host share, built from the host's own package sources
 * when it is not there yet. Fails with `base-image-failed`, `tool-missing` or `unsupported-distribution`.
 */
export async function ensureBaseImage(
  cacheDirectory: string,
  clock: Clock,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<string> {
  const image = await baseImageDirectory(cacheDirectory);
  if (await exists(image)) return image;
  // Most of them run one inside the other, where a missing one would only be a failure of the outermost.
  await requireTools(['setpriv', 'unshare', 'mmdebstrap']);
  await withHeartbeat(clock, report, async (tell) => {
    tell({ fraction: 0, line: 'Preparing the base image of the nodes' });
    await withFileLock(path.join(imagesDirectory(cacheDirectory), '.lock'), signal, async () => {
      // Whoever held the lock before may have built it.
      if (await exists(image)) return;
      await removePartial(cacheDirectory);
      await buildImage(image, tell, signal);
    });
  });
  return image;
}

async function buildImage(image: string, report: ReportProgress, signal: AbortSignal): Promise<void> {
  const partial = `${path.dirname(image)}/.partial-${path.basename(image)}`;
  const root = path.join(partial, 'root');
  try {
    await mkdir(partial, { recursive: true, mode: 0o700 });
    await bootstrap(root, await readDistribution(), report, signal);
    await customise(root, baseImageRecipe);
    for (const file of requiredFiles) await access(path.join(root, file));
    await rename(root, image);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof AppError) throw error;
    const detail = error instanceof ToolError ? { command: error.command, lines: error.lines } : {};
    throw new AppError('base-image-failed', { ...detail, cause: error });
  } finally {
    await removePartial(path.dirname(path.dirname(image)));
  }
}

async function bootstrap(
  root: string,
  distribution: Distribution,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<void> {
  const sources = await writeSources(path.dirname(root), distribution, signal);
  const progress = new BaseImageProgress();
  const args = [
    // Everything ends with us, however we end, and whatever is mounted meanwhile is seen by nobody else.
    ...['--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private'],
    'mmdebstrap',
    ...['--verbose', '--mode=root', '--format=directory', '--variant=minbase'],
    `--architectures=${distribution.architecture}`,
    `--include=${baseImageRecipe.packages.join(',')}`,
    ...['--aptopt=APT::Install-Recommends "false"', ...(await proxyOptions(signal))],
    // A build that is cut off is thrown away: syncing each file would only make it slow.
    '--dpkgopt=force-unsafe-io',
    ...['man', 'doc', 'locale', 'info'].map((unread) => `--dpkgopt=path-exclude=/usr/share/${unread}/*`),
    ...[distribution.codename, root, ...sources],
  ];
  const onLine = (line: string): void => {
    const told = progress.read(line);
    if (told) report(told);
  };
  await runTool('setpriv', args, { signal, onLine, env: proxyEnvironment() });
}

async function writeSources(
  directory: string,
  distribution: Distribution,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const sources = await readAptSources(distribution, signal);
  const files: [string, string][] = [
    [path.join(directory, 'host.list'), sources.list],
    [path.join(directory, 'host.sources'), sources.stanzas],
  ];
  const filled = files.filter(([, text]) => text !== '');
  if (filled.length === 0) {
    throw new AppError('base-image-failed', {
      command: 'apt-get indextargets',
      lines: [`No package source of ${distribution.id} ${distribution.codename} is set up on this computer`],
    });
  }
  for (const [file, text] of filled) await writeFile(file, `${text}\n`);
  return filled.map(([file]) => file);
}

/** The proxy that apt uses on this host. */
async function proxyOptions(signal: AbortSignal): Promise<readonly string[]> {
  const dump = await runTool('apt-config', ['dump', 'Acquire::http::Proxy', 'Acquire::https::Proxy'], { signal });
  return dump
    .split('\n')
    .filter((line) => /^Acquire::https?::Proxy "[^"]+";$/.test(line))
    .map((line) => `--aptopt=${line}`);
}

function proxyEnvironment(): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of ['http_proxy', 'https_proxy', 'no_proxy']) {
    const value = process.env[name];
    if (value) found[name] = value;
  }
  return found;
}

async function customise(root: string, recipe: BaseImageRecipe): Promise<void> {
  const inside = (file: string): string => path.join(root, file);
  for (const pattern of recipe.removed) {
    for await (const file of glob(inside(pattern))) await rm(file, { recursive: true, force: true });
  }
  for (const directory of recipe.directories) await mkdir(inside(directory), { recursive: true });
  for (const [file, content] of Object.entries(recipe.files)) {
    await mkdir(path.dirname(inside(file)), { recursive: true });
    await rm(inside(file), { force: true });
    await writeFile(inside(file), content, { mode: 0o644 });
  }
  for (const unit of recipe.maskedUnits) {
    const link = inside(`/etc/systemd/system/${unit}`);
    await rm(link, { force: true });
    await symlink('/dev/null', link);
  }
  await chmod(root, 0o755);
}

/** What an interrupted build left behind; only to be called by the holder of the lock. */
async function removePartial(cacheDirectory: string): Promise<void> {
  const directory = imagesDirectory(cacheDirectory);
  const left = (await readdir(directory)).filter((name) => name.startsWith('.partial-'));
  for (const name of left) await rm(path.join(directory, name), { recursive: true, force: true });
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
