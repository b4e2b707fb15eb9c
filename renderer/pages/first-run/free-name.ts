/** A name for a cluster that no other one has: `local`, `local-2`, ... */
export function freeName(taken: readonly string[]): string {
  for (let number = 1; ; number++) {
    const name = number === 1 ? 'local' : `local-${number}`;
    if (!taken.includes(name)) return name;
  }
}
