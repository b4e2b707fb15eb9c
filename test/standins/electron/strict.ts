/** What is asked of every object without anybody meaning it. */
const HARMLESS: ReadonlySet<string | symbol> = new Set([
  'then',
  'toJSON',
  'constructor',
  'nodeType',
  'asymmetricMatch',
]);

/** An object of the Electron API: whatever is not implemented throws instead of being undefined. */
export function strict<T extends object>(name: string, target: T): T {
  return new Proxy(target, {
    get(_target, property) {
      // Private members live on the object itself, so that it is the receiver and not the proxy.
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value === 'function' && !Object.hasOwn(target, property)) return value.bind(target) as unknown;
      if (value !== undefined || property in target || typeof property === 'symbol' || HARMLESS.has(property)) {
        return value;
      }
      throw new Error(`The Electron stand-in does not implement ${name}.${property}`);
    },
    set(_target, property, value) {
      if (!(property in target))
        throw new Error(`The Electron stand-in does not implement ${name}.${String(property)}`);
      return Reflect.set(target, property, value, target);
    },
  });
}
