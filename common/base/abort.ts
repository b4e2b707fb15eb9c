/** The reason of an aborted signal, as an Error whatever was given to `abort()`. */
export function abortReason(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new DOMException('The operation was aborted', 'AbortError');
}

/** Asks the signal anew; a type checker takes a second look at `signal.aborted` for the first one's answer. */
export function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
