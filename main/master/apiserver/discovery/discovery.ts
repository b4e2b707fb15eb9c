import { createHash } from 'node:crypto';
import type { Kind } from '../kind.ts';
import type { KindRegistry } from '../kind-registry.ts';
import { kindVerbs, subresourceKind, subresourceVerbs } from './verbs.ts';

const LEGACY_ORDER = (a: Kind, b: Kind): number => (a.resource.plural < b.resource.plural ? -1 : 1);

/** What the API serves, as clients ask for it: /api, /apis, and the documents below them. */
export class Discovery {
  readonly #kinds: KindRegistry;

  constructor(kinds: KindRegistry) {
    this.#kinds = kinds;
  }

  /** The document of a path, in its old form; nothing when there is none. */
  document(path: string): unknown {
    const parts = path.split('/').filter((part) => part !== '');
    if (parts[0] === 'api') {
      if (parts.length === 1) return this.#coreVersions();
      if (parts.length === 2) return this.#resourceList('', parts[1]!);
    }
    if (parts[0] === 'apis') {
      if (parts.length === 1) return this.#groupList();
      if (parts.length === 2) return this.#group(parts[1]!);
      if (parts.length === 3) return this.#resourceList(parts[1]!, parts[2]!);
    }
    return undefined;
  }

  /** All of /api or of /apis in one document (KEP-3352), and its hash for If-None-Match. */
  aggregated(root: 'api' | 'apis'): { readonly body: unknown; readonly etag: string } {
    const groups = this.#groups().filter((group) => (group === '') === (root === 'api'));
    const body = {
      kind: 'APIGroupDiscoveryList',
      apiVersion: 'apidiscovery.k8s.io/v2',
      metadata: {},
      items: groups.map((group) => ({
        metadata: group === '' ? {} : { name: group },
        versions: this.#versions(group).map((version) => ({
          version,
          resources: this.#kindsOf(group, version).map(aggregatedResource),
          freshness: 'Current',
        })),
      })),
    };
    const hash = createHash('sha512').update(JSON.stringify(body)).digest('hex').toUpperCase();
    return { body, etag: `"${hash}"` };
  }

  #coreVersions(): unknown {
    return { kind: 'APIVersions', versions: this.#versions(''), serverAddressByClientCIDRs: [] };
  }

  #groupList(): unknown {
    const groups = this.#groups().filter((group) => group !== '');
    return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map((group) => this.#groupBody(group)) };
  }

  #group(group: string): unknown {
    if (!this.#groups().includes(group)) return undefined;
    return { kind: 'APIGroup', apiVersion: 'v1', ...this.#groupBody(group) };
  }

  #groupBody(name: string): { name: string; versions: unknown[]; preferredVersion: unknown } {
    const versions = this.#versions(name).map((version) => ({ groupVersion: `${name}/${version}`, version }));
    return { name, versions, preferredVersion: versions[0] };
  }

  #resourceList(group: string, version: string): unknown {
    const kinds = this.#kindsOf(group, version);
    if (kinds.length === 0) return undefined;
    return {
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: group === '' ? version : `${group}/${version}`,
      resources: kinds.flatMap(legacyResources),
    };
  }

  #groups(): string[] {
    return [...new Set(Array.from(this.#kinds.all(), (kind) => kind.resource.group))];
  }

  #versions(group: string): string[] {
    const kinds = Array.from(this.#kinds.all()).filter((kind) => kind.resource.group === group);
    return [...new Set(kinds.map((kind) => kind.resource.version))];
  }

  #kindsOf(group: string, version: string): Kind[] {
    return Array.from(this.#kinds.all())
      .filter((kind) => kind.resource.group === group && kind.resource.version === version)
      .sort(LEGACY_ORDER);
  }
}

function legacyResources(kind: Kind): unknown[] {
  const { resource, singular, shortNames, categories } = kind;
  const own = {
    name: resource.plural,
    singularName: singular,
    namespaced: resource.namespaced,
    kind: resource.kind,
    verbs: kindVerbs(kind),
    ...(shortNames ? { shortNames } : {}),
    ...(categories ? { categories } : {}),
    ...(kind.review ? {} : { storageVersionHash: storageVersionHash(kind) }),
  };
  const subresources = Object.entries(kind.subresources ?? {}).map(([name, subresource]) => {
    const body = subresourceKind(kind, subresource);
    const foreign = body.group !== resource.group || body.version !== resource.version;
    return {
      name: `${resource.plural}/${name}`,
      singularName: '',
      namespaced: resource.namespaced,
      ...(foreign ? { group: body.group, version: body.version } : {}),
      kind: body.kind,
      verbs: subresourceVerbs(subresource),
    };
  });
  return [own, ...subresources.sort((a, b) => (a.name < b.name ? -1 : 1))];
}

function storageVersionHash({ resource }: Kind): string {
  const text = `${resource.group}/${resource.version}/${resource.kind}`;
  return createHash('sha256').update(text).digest('base64').slice(0, 12);
}

function aggregatedResource(kind: Kind): unknown {
  const { resource, singular, shortNames, categories, subresources = {} } = kind;
  const { group, version } = resource;
  return {
    resource: resource.plural,
    responseKind: { group, version, kind: resource.kind },
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs: kindVerbs(kind),
    ...(shortNames ? { shortNames } : {}),
    ...(categories ? { categories } : {}),
    ...(Object.keys(subresources).length === 0
      ? {}
      : {
          subresources: Object.entries(subresources)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([name, subresource]) => ({
              subresource: name,
              responseKind: subresourceKind(kind, subresource),
              verbs: subresourceVerbs(subresource),
            })),
        }),
  };
}
