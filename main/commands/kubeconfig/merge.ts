import { readFile, realpath } from 'node:fs/promises';
import { parse, parseDocument, type Document, YAMLSeq } from 'yaml';
import { z } from 'zod';
import { AppError } from '#common/base/app-error.ts';
import { writeAtomically } from '../../clusters/files.ts';

const entries = z.array(z.looseObject({ name: z.string() }));
/** client-go tools/clientcmd/api/v1: the lists that hold named entries. */
const configSchema = z.looseObject({
  clusters: entries.nullish(),
  users: entries.nullish(),
  contexts: entries.nullish(),
  'current-context': z.string().nullish(),
});
const LISTS = ['clusters', 'users', 'contexts'] as const;

/**
 * Puts a cluster's entries into a kubeconfig, which may be absent, replacing those of the same names, and makes it the
 * current context. Comments and all other entries stay as they are. Text in, text out.
 * Errors: `kubeconfig-unreadable`, with `path` in its params.
 */
export function mergeKubeconfig(existing: string, added: string, path: string): string {
  const document = readConfig(existing, path);
  const addition = configSchema.parse(parse(added));
  for (const list of LISTS) {
    const sequence = sequenceOf(document, list);
    for (const entry of addition[list] ?? []) {
      const node = document.createNode(entry);
      const index = sequence.items.findIndex((_item, at) => sequence.getIn([at, 'name']) === entry.name);
      if (index < 0) sequence.add(node);
      else sequence.set(index, node);
    }
  }
  document.set('current-context', addition['current-context']);
  return document.toString({ lineWidth: 0 });
}

/** Merges into a file, keeping its content of before beside it as `<file>.pilothouse-backup`. Both 0600, never in part. */
export async function mergeIntoFile(file: string, added: string): Promise<void> {
  const target = await realpath(file).catch(() => file);
  const existing = await readFile(target, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new AppError('file-unreadable', { params: { path: target }, cause: error });
  });
  const merged = mergeKubeconfig(existing ?? '', added, target);
  if (merged === existing) return;
  if (existing !== undefined) await writeAtomically(`${target}.pilothouse-backup`, existing);
  await writeAtomically(target, merged);
}

function readConfig(text: string, path: string): Document {
  const unreadable = (reason: string, cause?: unknown): AppError =>
    new AppError('kubeconfig-unreadable', { params: { path, reason }, cause });
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) throw unreadable(error.message.split('\n')[0]!, error);
  if (document.contents === null) return parseDocument('apiVersion: v1\nkind: Config\n');
  const parsed = configSchema.safeParse(document.toJS());
  if (parsed.success) return document;
  const issue = parsed.error.issues[0]!;
  throw unreadable(`${issue.path.join('.')}: ${issue.message}`, parsed.error);
}

function sequenceOf(document: Document, list: string): YAMLSeq {
  const found = document.get(list);
  if (found instanceof YAMLSeq) return found;
  const made = new YAMLSeq();
  document.set(list, made);
  return made;
}
