import { VolumeError } from './volume.ts';
import type { Payload, PayloadFile } from './atomic-writer.ts';

export interface KeySelection {
  readonly items?: readonly { readonly key: string; readonly path: string; readonly mode?: number }[];
  readonly defaultMode?: number;
  readonly optional?: boolean;
}

/** The files that a ConfigMap or Secret volume shows: all keys, or the chosen ones at their own paths. */
export function projectKeys(values: ReadonlyMap<string, Uint8Array>, selection: KeySelection): Payload {
  const { items, defaultMode = 0o644, optional = false } = selection;
  const files = new Map<string, PayloadFile>();
  if (!items) {
    for (const [key, data] of values) files.set(key, { data, mode: defaultMode });
    return files;
  }
  for (const { key, path, mode = defaultMode } of items) {
    const data = values.get(key);
    if (data) files.set(path, { data, mode });
    else if (!optional) throw new VolumeError(`references non-existent config key: ${key}`);
  }
  return files;
}
