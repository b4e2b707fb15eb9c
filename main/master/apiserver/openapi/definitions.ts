import { readFile } from 'node:fs/promises';
import type { GroupVersionKind, OpenApiDefinition, OpenApiProperty } from '#common/kube/schema/openapi.ts';

/** Every type as OpenAPI v3 describes it, by its public name. */
export type Definitions = Readonly<Record<string, OpenApiDefinition>>;

/** Public type names by group, version and kind. */
export type NamesByKind = ReadonlyMap<string, string>;

/** Read anew each time: kept in memory are only the documents that were made of it. */
export async function readDefinitions(file: string): Promise<Definitions> {
  return JSON.parse(await readFile(file, 'utf8')) as Definitions;
}

export function namesByKind(definitions: Definitions): NamesByKind {
  const names = new Map<string, string>();
  for (const [name, definition] of Object.entries(definitions)) {
    for (const kind of definition['x-kubernetes-group-version-kind'] ?? []) names.set(gvkText(kind), name);
  }
  return names;
}

export function gvkText({ group, version, kind }: GroupVersionKind): string {
  return `${group}/${version}/${kind}`;
}

/** The definitions that the given ones refer to, themselves included. */
export function reachable(definitions: Definitions, roots: Iterable<string>): Definitions {
  const found: Record<string, OpenApiDefinition> = {};
  const waiting = [...roots];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const definition = definitions[name];
    if (!definition || name in found) continue;
    found[name] = definition;
    for (const property of Object.values(definition.properties ?? {})) waiting.push(...referencesOf(property));
  }
  return found;
}

function referencesOf(property: OpenApiProperty): string[] {
  const own = property.$ref === undefined ? [] : [referenceName(property.$ref)];
  const inner = [property.items, property.additionalProperties, ...(property.allOf ?? [])];
  return [...own, ...inner.flatMap((child) => (child ? referencesOf(child) : []))];
}

/** The public type name in `#/components/schemas/<name>`. */
export function referenceName(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1);
}
