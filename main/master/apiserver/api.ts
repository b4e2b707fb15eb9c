import type { Clock } from '#common/base/clock.ts';
import type { Log } from '#common/base/log.ts';
import type { Random } from '#common/base/random.ts';
import { apiVersionOf } from '#common/kube/resources.ts';
import type { Schemas } from '#common/kube/schema/schema.ts';
import { Collection } from '../store/cache/collection.ts';
import { typePrefix } from '../store/cache/cached-object.ts';
import type { Store } from '../store/store.ts';
import type { Admission } from './admission/admission.ts';
import type { Audit } from './audit/audit.ts';
import type { BearerTokens } from './authentication/bearer-tokens.ts';
import type { TokenIssuer } from './authentication/service-account/token-issuer.ts';
import type { Authorizer } from './authorization/authorizer.ts';
import type { RbacPolicy } from './authorization/rbac/policy.ts';
import type { Kind } from './kind.ts';
import type { KindRegistry } from './kind-registry.ts';
import type { ServiceAllocator } from './kinds/core/service/allocator.ts';

/** What every handler works with: the kinds, where their objects are, and who may do what. */
export interface Api {
  readonly kinds: KindRegistry;
  readonly schemas: Schemas;
  readonly store: Store;
  readonly collections: ReadonlyMap<Kind, Collection>;
  readonly authorizer: Authorizer;
  /** Which roles there are and who has them, for those who give roles. */
  readonly rbac: RbacPolicy;
  readonly admission: Admission;
  readonly audit: Audit;
  readonly services: ServiceAllocator;
  readonly tokens: BearerTokens;
  readonly tokenIssuer: TokenIssuer;
  /** Tokens of service accounts live no longer than this many seconds. */
  readonly maxTokenExpirationSeconds: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Where a kind's objects lie in the store, as upstream lays them out. */
export function storePrefix(kind: Kind): string {
  const { group, plural } = kind.resource;
  return group === '' || !group.includes('.') ? `/registry/${plural}/` : `/registry/${group}/${plural}/`;
}

/** Loads every kind's objects into memory. */
export async function loadCollections(store: Store, kinds: KindRegistry): Promise<Map<Kind, Collection>> {
  const loaded = await Promise.all(
    Array.from(kinds.stored(), async (kind): Promise<[Kind, Collection]> => {
      const prefix = typePrefix(apiVersionOf(kind.resource), kind.resource.kind);
      return [kind, await Collection.load(store, storePrefix(kind), prefix)];
    }),
  );
  return new Map(loaded);
}
