const GIB = 2 ** 30;

export interface Size {
  readonly nodes: number;
  readonly cpus: number;
  readonly memoryBytes: number;
}

/** Sizes to choose from; any other is `custom`. */
export const presets = {
  small: { nodes: 1, cpus: 2, memoryBytes: 2 * GIB },
  standard: { nodes: 2, cpus: 2, memoryBytes: 2 * GIB },
  large: { nodes: 3, cpus: 4, memoryBytes: 4 * GIB },
} as const satisfies Record<string, Size>;

export type PresetName = keyof typeof presets;
export const presetNames = Object.keys(presets) as PresetName[];

/** The preset that a size is, if it is one. */
export function presetOf(size: Partial<Record<keyof Size, number | undefined>>): PresetName | undefined {
  return presetNames.find(
    (name) =>
      presets[name].nodes === size.nodes &&
      presets[name].cpus === size.cpus &&
      presets[name].memoryBytes === size.memoryBytes,
  );
}

/** The largest preset of which the host has enough: what is offered first. */
export function suitedTo(host: { readonly cpus: number; readonly memoryBytes: number }): PresetName {
  const fits = presetNames.filter(
    (name) => name !== 'large' && presets[name].nodes * presets[name].memoryBytes <= host.memoryBytes / 2,
  );
  return fits.at(-1) ?? 'small';
}
