import type { ParsedText } from '#common/kube/text/json.ts';
import { statusError } from '#common/kube/status-error.ts';
import type { Collection } from '../../store/cache/collection.ts';
import type { Api } from '../api.ts';
import type { User } from '../authentication/user.ts';
import type { Kind } from '../kind.ts';

/** What is asked for, once it is known to be about a kind. */
export interface ObjectRequest {
  readonly user: User;
  readonly kind: Kind;
  /** Empty for cluster-scoped kinds, and for all namespaces. */
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
}

export interface WriteRequest extends ObjectRequest {
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: FieldValidation;
  /** What is wrong with how the body was written. Absent for a body that never was text. */
  readonly writing?: Pick<ParsedText, 'duplicates' | 'problems'>;
  /** Hears of what is tolerated but wrong: answered as Warning headers. */
  readonly warn: (message: string) => void;
}

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

export function collectionOf(api: Api, kind: Kind): Collection {
  const collection = api.collections.get(kind);
  if (!collection) throw statusError.unknownResource();
  return collection;
}

/** The object's name within its collection. */
export function storeName(request: ObjectRequest): string {
  return request.kind.resource.namespaced ? `${request.namespace}/${request.name}` : request.name;
}

/** The part of a collection that a request is about. */
export function storeScope(request: ObjectRequest): string {
  return request.kind.resource.namespaced && request.namespace !== '' ? `${request.namespace}/` : '';
}
