import { apiVersionOf, type Resource } from '#common/kube/resources.ts';
import { statusError } from '#common/kube/status-error.ts';
import type { Kind } from './kind.ts';

/** All kinds that are served, by the ways in which requests and objects name them. */
export class KindRegistry {
  readonly #byPlural = new Map<string, Kind>();
  readonly #byKind = new Map<string, Kind>();

  constructor(kinds: readonly Kind[]) {
    for (const kind of kinds) {
      const { group, version, plural } = kind.resource;
      this.#byPlural.set(`${group}/${version}/${plural}`, kind);
      this.#byKind.set(`${apiVersionOf(kind.resource)}/${kind.resource.kind}`, kind);
    }
  }

  all(): Iterable<Kind> {
    return this.#byPlural.values();
  }

  /** Those whose objects are kept; the others answer questions. */
  *stored(): Iterable<Kind> {
    for (const kind of this.all()) if (!kind.review) yield kind;
  }

  find(group: string, version: string, plural: string): Kind | undefined {
    return this.#byPlural.get(`${group}/${version}/${plural}`);
  }

  findKind(apiVersion: string, kind: string): Kind | undefined {
    return this.#byKind.get(`${apiVersion}/${kind}`);
  }

  /** The kind of a resource that a client of ours names; it is an error of the API when it is not served. */
  of(resource: Pick<Resource, 'group' | 'version' | 'plural'>): Kind {
    const kind = this.find(resource.group, resource.version, resource.plural);
    if (!kind) throw statusError.unknownResource();
    return kind;
  }
}
