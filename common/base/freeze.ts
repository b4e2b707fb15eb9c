export type DeepReadonly<T> = T extends (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

/** Freezes a JSON-like value through and through, and gives it back. */
export function deepFreeze<T>(value: T): DeepReadonly<T> {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const child of Object.values(value)) deepFreeze(child);
  }
  return value as DeepReadonly<T>;
}

/** A JSON text as the frozen value that its reader declares it to be. */
export function parseFrozen<T>(json: string): T {
  const value = JSON.parse(json) as T;
  deepFreeze(value);
  return value;
}

/** A deep copy that may be changed: what a writer works on. Name its type: `mutableCopy<PodStatus>(old.status)`. */
export function mutableCopy<T>(value: DeepReadonly<T>): T {
  return structuredClone(value) as T;
}
