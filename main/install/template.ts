import { readFile } from 'node:fs/promises';
import { assert } from '#common/base/assert.ts';

/** Fills the `{{name}}` places of a text. Every place must have a value, and every value a place. */
export function fillTemplate(text: string, values: Readonly<Record<string, string | boolean>>): string {
  const used = new Set<string>();
  const filled = text.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name];
    assert(value !== undefined, `a template asks for ${name}`);
    used.add(name);
    return String(value);
  });
  for (const name of Object.keys(values)) assert(used.has(name), `no template asks for ${name}`);
  return filled;
}

export async function fillTemplateFile(
  file: string,
  values: Readonly<Record<string, string | boolean>> = {},
): Promise<string> {
  return fillTemplate(await readFile(file, 'utf8'), values);
}
