/** The part of OpenAPI v3 that describes the types of the API. */
export interface OpenApiDefinition extends OpenApiProperty {
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, OpenApiProperty>>;
  readonly 'x-kubernetes-group-version-kind'?: readonly GroupVersionKind[];
}

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export interface OpenApiProperty {
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object';
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly items?: OpenApiProperty;
  readonly additionalProperties?: OpenApiProperty;
  readonly allOf?: readonly OpenApiProperty[];
  readonly oneOf?: readonly OpenApiProperty[];
  readonly 'x-kubernetes-list-type'?: 'map' | 'set' | 'atomic';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic';
  readonly 'x-kubernetes-patch-strategy'?: string;
  readonly 'x-kubernetes-patch-merge-key'?: string;
}
