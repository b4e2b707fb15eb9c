import { stringify as toYaml } from 'yaml';
import { apiVersionOf } from '#common/kube/resources.ts';
import type { CachedObject } from '../../store/cache/cached-object.ts';
import type { Kind } from '../kind.ts';
import type { ListAnswer } from '../handlers/list.ts';
import type { Representation } from './negotiation.ts';
import { partialMetadata, tableOf, type IncludeObject } from './table.ts';

export interface Rendered {
  readonly type: string;
  readonly bytes: Buffer | readonly Buffer[];
}

export interface RenderOptions {
  readonly representation: Representation;
  readonly include: IncludeObject;
  readonly now: number;
}

const FIRST = Buffer.from('{');
const NEXT = Buffer.from(',{');

/** One object in the form that was asked for. JSON objects are the stored bytes. */
export function renderObject(
  kind: Kind,
  object: Pick<CachedObject, 'value' | 'bytes'>,
  options: RenderOptions,
): Rendered {
  const { encoding, as } = options.representation;
  switch (as) {
    case 'object':
      return encoding === 'json' ? json(object.bytes) : encoded(object.value, encoding);
    case 'table': {
      const meta = { resourceVersion: object.value.metadata.resourceVersion };
      return encoded(tableOf(kind, [object], meta, options), encoding);
    }
    case 'metadata':
      return encoded(partialMetadata(object.value), encoding);
    default:
      return as satisfies never;
  }
}

/** A list in the form that was asked for. As JSON it is joined from the stored bytes. */
export function renderList(kind: Kind, list: ListAnswer, options: RenderOptions): Rendered {
  const { encoding, as } = options.representation;
  const meta = {
    resourceVersion: list.resourceVersion,
    ...(list.continue ? { continue: list.continue } : {}),
    ...(list.remainingItemCount ? { remainingItemCount: list.remainingItemCount } : {}),
  };
  const type = { kind: `${kind.resource.kind}List`, apiVersion: apiVersionOf(kind.resource) };
  switch (as) {
    case 'object':
      if (encoding === 'json') return json(joined(type, meta, list.objects));
      return encoded({ ...type, metadata: meta, items: list.objects.map(({ value }) => value) }, encoding);
    case 'table':
      return encoded(tableOf(kind, list.objects, meta, options), encoding);
    case 'metadata':
      return encoded(
        {
          kind: 'PartialObjectMetadataList',
          apiVersion: 'meta.k8s.io/v1',
          metadata: meta,
          items: list.objects.map(({ value }) => partialMetadata(value)),
        },
        encoding,
      );
    default:
      return as satisfies never;
  }
}

function joined(type: { kind: string; apiVersion: string }, meta: unknown, objects: readonly CachedObject[]): Buffer[] {
  const head = `{"kind":${JSON.stringify(type.kind)},"apiVersion":${JSON.stringify(type.apiVersion)},"metadata":${JSON.stringify(meta)},"items":[`;
  const parts: Buffer[] = [Buffer.from(head, 'utf8')];
  for (const [index, object] of objects.entries()) {
    parts.push(index > 0 ? NEXT : FIRST, object.itemBytes);
  }
  parts.push(Buffer.from(']}'));
  return parts;
}

/** Any value in the form that was asked for. */
export function encoded(value: unknown, encoding: Representation['encoding']): Rendered {
  if (encoding === 'yaml') return { type: 'application/yaml', bytes: Buffer.from(toYaml(value), 'utf8') };
  return json(Buffer.from(JSON.stringify(value), 'utf8'));
}

function json(bytes: Buffer | readonly Buffer[]): Rendered {
  return { type: 'application/json', bytes };
}
