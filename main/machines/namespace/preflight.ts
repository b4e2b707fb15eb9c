import { readFile, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '#common/base/app-error.ts';
import type { ErrorCode } from '#common/base/error-codes.ts';
import type { Finding } from '#common/contract/finding.ts';
import type { CheckName } from '#common/i18n/checks.ts';
import { chooseRanges } from '../address-ranges.ts';
import { readTakenRanges } from '../host-addresses.ts';
import { findTool, packageOf, type HostTool } from '../host-tool.ts';
import { baseImageDirectory } from './base-image.ts';
import { readDistribution } from './distribution.ts';
import type { NamespaceHost } from './host.ts';
import { missingKernelFeatures } from './kernel-features.ts';

const REQUIRED_TOOLS: readonly HostTool[] = ['mmdebstrap', 'ip', 'unshare', 'nsenter', 'setpriv', 'flock', 'mount'];

const GIB = 2 ** 30;
/** One small node and its pods. */
const MEMORY = { least: GIB, comfortable: 2 * GIB };
/** What nodes write: containerd, images, pods. */
const STATE_DISK = { least: 2 * GIB, comfortable: 6 * GIB };
/** A base image is 0.4 GB; as much again while it is built. */
const CACHE_DISK = { least: GIB, comfortable: GIB };

/** File systems that an overlay cannot have its upper directory on. Source: magic numbers of statfs(2). */
const UNSUITABLE: ReadonlyMap<number, string> = new Map([
  [0x794c7630, 'overlay'],
  [0x6969, 'nfs'],
  [0x517b, 'smb'],
  [0xff534d42, 'cifs'],
  [0x65735546, 'fuse'],
  [0x4d44, 'vfat'],
  [0x01021997, '9p'],
  [0xf15f, 'ecryptfs'],
]);

/** What this host lacks for namespace machines, check by check. Changes nothing on it. */
export async function preflight(host: NamespaceHost, signal: AbortSignal): Promise<readonly Finding[]> {
  if (process.platform !== 'linux') return [problem('operating-system', 'not-linux', { platform: process.platform })];
  const tools = await toolFindings();
  const able = process.getuid?.() === 0 && tools.every((finding) => finding.outcome === 'ok');
  const system = okay('operating-system', 'Linux');
  const administrator = process.getuid?.() === 0 ? okay('administrator', 'root') : problem('administrator', 'not-root');
  const others = await Promise.all([
    guarded('distribution', distributionFinding),
    // Probing the kernel needs root and the tools: whoever lacks those is told of them first.
    ...(able ? [guarded('kernel', () => kernelFindings(signal))] : []),
    guarded('memory', memoryFinding),
    guarded('disk-cache', () => cacheFinding(host)),
    guarded('disk-state', () => diskFinding('disk-state', host.stateDirectory, STATE_DISK)),
    guarded('state-file-system', () => fileSystemFinding(host.stateDirectory)),
    ...(able ? [guarded('address-ranges', () => addressFinding(signal))] : []),
  ]);
  return [system, administrator, ...tools, ...others.flat()];
}

const okay = (check: CheckName, detail: string): Finding => ({ check, outcome: 'ok', detail });

function problem(
  check: CheckName,
  code: ErrorCode,
  params: Readonly<Record<string, string | number>> = {},
  outcome: 'failed' | 'warning' = 'failed',
): Finding {
  return { check, outcome, code, params: { ...params } };
}

/** A check that fails with an AppError has found what it tells of. */
async function guarded(
  check: CheckName,
  run: () => Promise<Finding | readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return [await run()].flat();
  } catch (error) {
    const { code, params } = AppError.from(error);
    if (code === 'cancelled') throw error;
    return [problem(check, code, params)];
  }
}

async function distributionFinding(): Promise<Finding> {
  const { id, codename, architecture } = await readDistribution();
  return okay('distribution', `${id} ${codename} ${architecture}`);
}

async function toolFindings(): Promise<readonly Finding[]> {
  const found = await Promise.all(REQUIRED_TOOLS.map(async (tool) => ({ tool, file: await findTool(tool) })));
  const missing = found.filter(({ file }) => file === undefined);
  if (missing.length === 0) return [okay('tools', REQUIRED_TOOLS.join(', '))];
  return missing.map(({ tool }) => problem('tools', 'tool-missing', { tool, package: packageOf(tool) }));
}

async function kernelFindings(signal: AbortSignal): Promise<readonly Finding[]> {
  const missing = await missingKernelFeatures(signal);
  if (missing.length > 0) return missing.map((feature) => problem('kernel', 'kernel-feature-missing', { feature }));
  return [okay('kernel', (await readFile('/proc/sys/kernel/osrelease', 'utf8')).trim())];
}

async function memoryFinding(): Promise<Finding> {
  const line = /^MemAvailable:\s+(\d+) kB$/m.exec(await readFile('/proc/meminfo', 'utf8'));
  return amountFinding('memory', 'memory-short', Number(line?.[1] ?? 0) * 1024, MEMORY, {});
}

async function cacheFinding(host: NamespaceHost): Promise<Finding> {
  const image = await baseImageDirectory(host.cacheDirectory).catch(() => undefined);
  if (image && (await isThere(image))) return okay('disk-cache', path.basename(image));
  return diskFinding('disk-cache', host.cacheDirectory, CACHE_DISK);
}

async function diskFinding(check: CheckName, directory: string, wanted: Amounts): Promise<Finding> {
  const { bavail, bsize } = await statfs(await nearestExisting(directory));
  return amountFinding(check, 'disk-short', bavail * bsize, wanted, { path: directory });
}

async function fileSystemFinding(directory: string): Promise<Finding> {
  const { type } = await statfs(await nearestExisting(directory));
  const unsuitable = UNSUITABLE.get(type >>> 0);
  if (unsuitable === undefined) return okay('state-file-system', directory);
  return problem('state-file-system', 'file-system-unsuitable', { path: directory, type: unsuitable });
}

async function addressFinding(signal: AbortSignal): Promise<Finding> {
  return okay('address-ranges', chooseRanges(await readTakenRanges(signal)).machines);
}

interface Amounts {
  /** Below it nothing works. */
  readonly least: number;
  /** Below it not much does. */
  readonly comfortable: number;
}

function amountFinding(
  check: CheckName,
  code: 'memory-short' | 'disk-short',
  available: number,
  { least, comfortable }: Amounts,
  params: Readonly<Record<string, string>>,
): Finding {
  if (available >= comfortable) return okay(check, gibibytes(available));
  const outcome = available < least ? 'failed' : 'warning';
  return problem(
    check,
    code,
    { ...params, available: gibibytes(available), needed: gibibytes(outcome === 'failed' ? least : comfortable) },
    outcome,
  );
}

function gibibytes(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}

async function nearestExisting(directory: string): Promise<string> {
  for (let place = path.resolve(directory); ; place = path.dirname(place)) {
    if ((await isThere(place)) || place === path.dirname(place)) return place;
  }
}

async function isThere(place: string): Promise<boolean> {
  return stat(place).then(
    () => true,
    () => false,
  );
}
