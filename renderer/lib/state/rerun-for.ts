/** Names what an effect is run again for, where it has no other use for the values. */
export function rerunFor(..._reasons: readonly unknown[]): void {
  // To have been read is all that they are here for.
}
