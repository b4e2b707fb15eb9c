import { pipeline, type Duplex } from 'node:stream';

/** Passes on what each of the two says to the other, until both have ended; when one breaks, both are gone. */
export function relay(left: Duplex, right: Duplex): void {
  const settle = (error?: Error | null): void => {
    if (!error) return;
    left.destroy();
    right.destroy();
  };
  pipeline(left, right, settle);
  pipeline(right, left, settle);
}
