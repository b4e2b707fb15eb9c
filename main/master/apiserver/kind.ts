import type { FieldError } from '#common/kube/field-error.ts';
import type { KubeObject, ObjectMeta, Stored } from '#common/kube/object.ts';
import type { Resource } from '#common/kube/resources.ts';
import type { TypeName } from '#common/kube/schema/schema.ts';
import type { Api } from './api.ts';
import type { User } from './authentication/user.ts';

/** An object on its way in: its own copy, which may be changed. */
export type Draft<T extends KubeObject = KubeObject> = T & { metadata: ObjectMeta };

/** What a kind's own code may know of the request that it takes part in. */
export interface WriteContext {
  readonly api: Api;
  readonly user: User;
  readonly namespace: string | undefined;
  readonly dryRun: boolean;
  /** What is taken for this write only; given back when it is through, or has failed. */
  readonly held: DisposableStack;
  /** Tells the client of something that is tolerated. */
  readonly warn: (message: string) => void;
}

/**
 * One kind of object, as data: the generic handlers do everything from this. Adding a kind is adding
 * one file under kinds/<group>/ and its line in kinds/all.ts; a CRD makes one at run time.
 */
export interface Kind<T extends KubeObject = KubeObject> {
  readonly resource: Resource<T>;
  /** The type in the derived schemas, such as `core.v1.Pod`. */
  readonly type: TypeName;
  readonly singular: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  /** Why a name may not be used; none of the reasons means that it may. */
  readonly nameProblems: (name: string) => string[];
  /** metadata.generation counts changes of the spec. */
  readonly countsGeneration?: boolean;
  /** An update without a resourceVersion replaces whatever is there. */
  readonly unconditionalUpdate?: boolean;
  readonly timeToLiveMs?: number;
  /**
   * Objects of this kind are questions: creating one is answered by this and nothing is stored
   * (TokenReview, SubjectAccessReview). There is no other verb.
   */
  readonly review?: (draft: Draft<T>, context: WriteContext) => T | Promise<T>;

  /** Fills in what was left out. Also run on what a patch made. */
  readonly setDefaults?: (draft: Draft<T>) => void;
  readonly prepareForCreate?: (draft: Draft<T>, context: WriteContext) => void | Promise<void>;
  readonly prepareForUpdate?: (draft: Draft<T>, old: Stored<T>, context: WriteContext) => void | Promise<void>;
  readonly validate?: (draft: Draft<T>) => readonly FieldError[];
  readonly validateUpdate?: (draft: Draft<T>, old: Stored<T>) => readonly FieldError[];
  /** How many seconds a deletion waits for someone to finish the object; 0 deletes at once. */
  readonly gracePeriodSeconds?: (object: Stored<T>, asked: number | undefined) => number;
  /** What becomes of dependents when nobody says it; `Background` when absent. */
  readonly defaultPropagation?: 'Orphan';
  /** Says in the object itself that it is being deleted. */
  readonly prepareForDelete?: (draft: Draft<T>) => void;
  /** True while the object must stay although it is marked as deleted and has no finalizers. */
  readonly keepWhileDeleting?: (draft: Draft<T>) => boolean;
  /** Something beside the object to free when it is gone for good. */
  readonly afterDelete?: (object: Stored<T>, api: Api) => void;

  /** Fields beside metadata.name and metadata.namespace that field selectors may name. */
  readonly selectableFields?: Readonly<Record<string, (object: Stored<T>) => string>>;
  readonly columns: readonly Column[];
  /** One cell per column. `now` in milliseconds, for ages. */
  readonly cells: (object: Stored<T>, now: number) => readonly Cell[];
  readonly subresources?: Readonly<Record<string, Subresource<T>>>;
}

export type Cell = string | number | boolean | null;

/** A column of `kubectl get`; those with a priority above 0 are shown by `-o wide` only. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: 'name';
  readonly description: string;
  readonly priority?: number;
}

export type Subresource<T extends KubeObject = KubeObject> =
  PartSubresource<T> | ViewSubresource<T> | ActionSubresource<T> | ConnectSubresource;

/** A part of the object with its own door: status, approval, finalize. The body is the whole object. */
export interface PartSubresource<T extends KubeObject = KubeObject> {
  readonly style: 'part';
  readonly readable: boolean;
  /** Brings the part of `incoming` into `draft`, a copy of what is stored. */
  readonly take: (draft: Draft<T>, incoming: Draft<T>, context: WriteContext) => void;
  readonly validate?: (draft: Draft<T>, old: Stored<T>) => readonly FieldError[];
}

/** Another kind through which the object is seen and changed: scale. */
export interface ViewSubresource<T extends KubeObject = KubeObject> {
  readonly style: 'view';
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly type: TypeName;
  readonly read: (object: Stored<T>) => KubeObject;
  readonly write: (draft: Draft<T>, view: KubeObject) => readonly FieldError[];
}

/** Something done to the object by posting a body of another kind: binding, eviction, token. */
export interface ActionSubresource<T extends KubeObject = KubeObject> {
  readonly style: 'action';
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly type: TypeName;
  readonly act: (object: Stored<T>, body: KubeObject, context: WriteContext) => Promise<KubeObject>;
}

/** A stream to where the object runs: log. Served by the transports (streaming/). */
export interface ConnectSubresource {
  readonly style: 'connect';
  readonly verbs: readonly ('get' | 'create')[];
}

export const AGE_COLUMN: Column = {
  name: 'Age',
  type: 'string',
  description:
    'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.',
};

/** The moment itself, for what stays for years. */
export const CREATED_AT_COLUMN: Column = { name: 'Created At', type: 'date', description: AGE_COLUMN.description };

export const NAME_COLUMN: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name must be unique within a namespace. Is required when creating resources.',
};
