import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { GroupVersionKind, OpenApiDefinition, OpenApiProperty } from '#common/kube/schema/openapi.ts';
import { KUBERNETES_VERSION } from '#common/kube/version.ts';
import type { KindRegistry } from '../kind-registry.ts';
import { pathsOf } from './paths.ts';

type Definitions = Readonly<Record<string, OpenApiDefinition>>;

/**
 * OpenAPI v3 documents, one per group and version (KEP-2896). Made when first asked for, from the
 * definitions derived at build time and the kinds that are served.
 */
export class OpenApiV3 {
  readonly #kinds: KindRegistry;
  readonly #definitionsFile: string;
  readonly #documents = new Map<string, Promise<Buffer>>();

  constructor(kinds: KindRegistry, definitionsFile: string) {
    this.#kinds = kinds;
    this.#definitionsFile = definitionsFile;
  }

  /** /openapi/v3: where each document is, with its hash, so that clients can keep it. */
  async index(): Promise<unknown> {
    const paths: Record<string, { serverRelativeURL: string }> = {};
    for (const path of this.#paths()) {
      const hash = createHash('sha256')
        .update(await this.#bytes(path))
        .digest('hex')
        .toUpperCase();
      paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` };
    }
    return { paths };
  }

  /** The document below /openapi/v3/, such as `api/v1`; nothing when there is none. */
  document(path: string): Promise<Buffer> | undefined {
    return this.#paths().includes(path) ? this.#bytes(path) : undefined;
  }

  #paths(): string[] {
    const all = Array.from(this.#kinds.all(), ({ resource }) =>
      resource.group === '' ? `api/${resource.version}` : `apis/${resource.group}/${resource.version}`,
    );
    return [...new Set(all)];
  }

  #bytes(path: string): Promise<Buffer> {
    let document = this.#documents.get(path);
    if (!document) {
      document = this.#make(path);
      this.#documents.set(path, document);
    }
    return document;
  }

  async #make(path: string): Promise<Buffer> {
    const definitions = JSON.parse(await readFile(this.#definitionsFile, 'utf8')) as Definitions;
    const parts = path.split('/');
    const [group, version] = parts[0] === 'api' ? ['', parts[1]!] : [parts[1]!, parts[2]!];
    const kinds = Array.from(this.#kinds.all()).filter(
      ({ resource }) => resource.group === group && resource.version === version,
    );
    const names = namesByKind(definitions);
    const roots = kinds.flatMap((kind) => {
      const own = names.get(gvkText({ group, version, kind: kind.resource.kind }));
      const others = Object.values(kind.subresources ?? {}).flatMap((subresource) =>
        subresource.style === 'view' || subresource.style === 'action' ? [names.get(gvkText(subresource))] : [],
      );
      return [own, ...others].filter((name) => name !== undefined);
    });
    const document = {
      openapi: '3.0.0',
      info: { title: 'Kubernetes', version: KUBERNETES_VERSION },
      paths: Object.assign({}, ...kinds.map((kind) => pathsOf(kind, names))) as unknown,
      components: {
        schemas: reachable(definitions, roots),
        securitySchemes: {
          BearerToken: {
            type: 'apiKey',
            description: 'Bearer Token authentication',
            name: 'authorization',
            in: 'header',
          },
        },
      },
    };
    return Buffer.from(JSON.stringify(document), 'utf8');
  }
}

function gvkText({ group, version, kind }: GroupVersionKind): string {
  return `${group}/${version}/${kind}`;
}

function namesByKind(definitions: Definitions): Map<string, string> {
  const names = new Map<string, string>();
  for (const [name, definition] of Object.entries(definitions)) {
    for (const kind of definition['x-kubernetes-group-version-kind'] ?? []) names.set(gvkText(kind), name);
  }
  return names;
}

/** The definitions that the given ones refer to, themselves included. */
function reachable(definitions: Definitions, roots: readonly string[]): Definitions {
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
  const own = property.$ref === undefined ? [] : [property.$ref.slice(property.$ref.lastIndexOf('/') + 1)];
  const inner = [property.items, property.additionalProperties, ...(property.allOf ?? [])];
  return [...own, ...inner.flatMap((child) => (child ? referencesOf(child) : []))];
}
