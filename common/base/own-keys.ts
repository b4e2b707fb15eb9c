/** The value of an object's own key: nothing that it inherits, such as `constructor`. */
export function ownValue<O extends Readonly<Record<string, unknown>>>(object: O, key: string): O[string] | undefined {
  return Object.hasOwn(object, key) ? (object[key] as O[string]) : undefined;
}

/** Sets a key as the object's own, whatever it is called: `__proto__` is a key like any other. */
export function setOwn<O extends Record<string, unknown>>(object: O, key: string, value: O[string]): void {
  Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
}
