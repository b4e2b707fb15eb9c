/**
 * The shape of API objects, as compact data derived at build time (scripts/build/schemas). One engine
 * reads it for decoding, patching and field ownership; nothing about a kind's shape is written by hand.
 */
export type Schema =
  | { readonly type: 'string'; readonly format?: 'byte' | 'date-time' | 'micro-time' }
  | { readonly type: 'integer'; readonly format: 'int32' | 'int64' }
  | { readonly type: 'number' }
  | { readonly type: 'boolean' }
  | { readonly type: 'quantity' }
  | { readonly type: 'int-or-string' }
  /** Kept as it is: RawExtension, FieldsV1, JSON. */
  | { readonly type: 'any' }
  /** `atomic`: owned and merged as a whole. */
  | { readonly type: 'map'; readonly values: Schema; readonly atomic?: true }
  | ListSchema
  | { readonly type: 'ref'; readonly name: TypeName; readonly atomic?: true; readonly retainKeys?: true };

export interface ListSchema {
  readonly type: 'list';
  readonly items: Schema;
  /** For field ownership: by key, by value, or as a whole (the default). */
  readonly list?: 'map' | 'set';
  readonly keys?: readonly string[];
  /** Strategic merge patch: merged by this key; an empty string merges primitives. Absent: replaced. */
  readonly mergeKey?: string;
  readonly retainKeys?: true;
}

/** `core.v1.PodSpec`, `meta.v1.ObjectMeta`. */
export type TypeName = string;

export interface ObjectSchema {
  readonly properties: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly atomic?: true;
}

/** All types by name. Looked up, never walked: types refer to each other, some to themselves. */
export type Schemas = Readonly<Record<TypeName, ObjectSchema>>;
