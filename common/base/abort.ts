/** The reason of an aborted signal, as an Error whatever was given to `abort()`. */
export function abortReason(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new DOMException('The operation was aborted', 'AbortError');
}

/** Asks the signal anew; a type checker takes a second look at `signal.aborted` for the first one's answer. */
export function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** What `promise` gives, unless the signal aborts first: then it is left to itself, and the reason is thrown. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) throw abortReason(signal);
  const aborted = Promise.withResolvers<never>();
  const stop = (): void => aborted.reject(abortReason(signal));
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
