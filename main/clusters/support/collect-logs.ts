import { createWriteStream } from 'node:fs';
import { open, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { AppError } from '#common/base/app-error.ts';
import type { Clusters } from '../clusters.ts';
import type { ClusterContext } from '../context.ts';
import { clusterFiles } from './cluster-files.ts';
import { redact } from './redact.ts';
import { textOr, type SupportFile } from './support-file.ts';

export interface SupportSources {
  readonly clusters: Clusters;
  readonly context: ClusterContext;
  readonly version: string;
}

/**
 * Writes what is needed to find a fault to a new zip file, 0600, with nothing secret in it.
 * Errors: `file-exists`, `file-unreadable`.
 */
export async function collectLogs(file: string, sources: SupportSources, signal: AbortSignal): Promise<void> {
  const handle = await open(file, 'wx', 0o600).catch((error: unknown) => {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    throw new AppError(exists ? 'file-exists' : 'file-unreadable', { params: { path: file }, cause: error });
  });
  await handle.close();
  try {
    const zip = new ZipFile();
    const written = pipeline(zip.outputStream, createWriteStream(file), { signal });
    for await (const [name, text] of supportFiles(sources, signal)) zip.addBuffer(Buffer.from(redact(text)), name);
    zip.end();
    await written;
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

async function* supportFiles(sources: SupportSources, signal: AbortSignal): AsyncGenerator<SupportFile> {
  const { clusters, context, version } = sources;
  yield ['about.json', JSON.stringify(about(version), null, 2)];
  for (const [id, provider] of Object.entries(context.providers)) {
    yield [`preflight-${id}.json`, await textOr(async () => JSON.stringify(await provider.preflight(signal), null, 2))];
  }
  for (const name of await readdir(context.home.logs)) {
    yield [`app/${name}`, await readFile(path.join(context.home.logs, name), 'utf8')];
  }
  for (const cluster of clusters.all()) yield* clusterFiles(cluster, context.home, signal);
}

function about(version: string): object {
  return {
    pilothouse: version,
    node: process.version,
    platform: process.platform,
    architecture: process.arch,
    system: os.version(),
    release: os.release(),
    cpus: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    freeMemoryBytes: os.freemem(),
    uptimeSeconds: Math.round(os.uptime()),
  };
}
