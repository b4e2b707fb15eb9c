import { statusError } from '#common/kube/status-error.ts';

/** In which form an answer is wanted. */
export interface Representation {
  readonly encoding: 'json' | 'yaml';
  readonly as: 'object' | 'table' | 'metadata';
}

const OBJECT: Representation = { encoding: 'json', as: 'object' };

export interface MediaRange {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

/**
 * What is asked for by an Accept header, best first; throws 406 when nothing of it can be had. What is only ever
 * posted is `hasTable: false`: nobody made it a table.
 */
export function negotiate(accept: string | undefined, hasTable = true): Representation {
  if (accept === undefined || accept === '' || accept === '*/*' || accept === 'application/json') return OBJECT;
  for (const range of acceptedRanges(accept)) {
    const encoding = encodingOf(range.type);
    const as = encoding && transformOf(range);
    if (as === 'table' && !hasTable) continue;
    if (encoding && as) return { encoding, as };
  }
  throw statusError.notAcceptable(['application/json', 'application/yaml']);
}

/** The ranges of an Accept header, best first. */
export function acceptedRanges(accept: string): readonly MediaRange[] {
  return accept
    .split(',')
    .map(parseRange)
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality);
}

function parseRange(text: string): MediaRange {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim());
  const parameters = new Map<string, string>();
  for (const parameter of rest) {
    const [key = '', value = ''] = parameter.split('=');
    parameters.set(key.trim().toLowerCase(), value.trim());
  }
  const quality = Number(parameters.get('q') ?? '1');
  return { type: type.toLowerCase(), parameters, quality: Number.isNaN(quality) ? 0 : quality };
}

function encodingOf(type: string): 'json' | 'yaml' | undefined {
  switch (type) {
    case 'application/json':
    case 'application/*':
    case '*/*':
      return 'json';
    case 'application/yaml':
      return 'yaml';
    default:
      return undefined;
  }
}

function transformOf({ parameters }: MediaRange): Representation['as'] | undefined {
  const as = parameters.get('as');
  if (as === undefined) return 'object';
  if (parameters.get('g') !== 'meta.k8s.io' || parameters.get('v') !== 'v1') return undefined;
  switch (as) {
    case 'Table':
      return 'table';
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList':
      return 'metadata';
    default:
      return undefined;
  }
}
