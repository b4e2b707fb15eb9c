import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { runTool } from '../host-tool.ts';
import type { Distribution } from './distribution.ts';

/** An entry of the host's own package sources, as a file for mmdebstrap. */
export interface AptSources {
  /** One-line entries (sources.list), joined. */
  readonly list: string;
  /** deb822 stanzas (.sources), joined. */
  readonly stanzas: string;
}

const TARGET_FORMAT = '$(SOURCESENTRY)\t$(ORIGIN)\t$(RELEASE)';

/**
 * The host's sources of its own distribution, with whatever mirror it is set to; sources of anybody
 * else are left out. apt itself tells which are which: by the origin in their signed release files.
 */
export async function readAptSources(distribution: Distribution, signal: AbortSignal): Promise<AptSources> {
  const targets = await runTool('apt-get', ['indextargets', '--format', TARGET_FORMAT, 'Created-By: Packages'], {
    signal,
  });
  const entries = distributionEntries(targets, distribution);
  const texts = await Promise.all(
    entries.map(async ({ file, position }) => ({
      kind: path.extname(file),
      text: entryText(file, await readFile(file, 'utf8'), position),
    })),
  );
  const joined = (kind: 'list' | 'sources', separator: string): string =>
    texts
      .filter((entry) => (entry.kind === '.sources') === (kind === 'sources'))
      .map((entry) => entry.text)
      .join(separator);
  return { list: joined('list', '\n'), stanzas: joined('sources', '\n\n') };
}

interface SourcesEntry {
  readonly file: string;
  /** Counted from 1: the line of a list, the stanza of a deb822 file. */
  readonly position: number;
}

/** The entries that belong to the distribution, each once, from `SOURCESENTRY ORIGIN RELEASE` lines. */
export function distributionEntries(targets: string, distribution: Distribution): readonly SourcesEntry[] {
  const found = new Map<string, SourcesEntry>();
  for (const line of targets.split('\n')) {
    const [entry = '', origin = '', release = ''] = line.split('\t');
    const colon = entry.lastIndexOf(':');
    const position = Number(entry.slice(colon + 1));
    if (colon < 0 || !Number.isInteger(position)) continue;
    // Before the first `apt-get update` apt does not know any origin: then the release must do.
    const ours = origin === '' ? true : origin.toLowerCase() === distribution.id;
    const sameRelease = release === distribution.codename || release.startsWith(`${distribution.codename}-`);
    if (ours && sameRelease) found.set(entry, { file: entry.slice(0, colon), position });
  }
  return [...found.values()];
}

function entryText(file: string, content: string, position: number): string {
  if (path.extname(file) !== '.sources') return content.split('\n')[position - 1] ?? '';
  const stanzas = content
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .split(/\n\s*\n/)
    .filter((stanza) => stanza.trim() !== '');
  return stanzas[position - 1] ?? '';
}
