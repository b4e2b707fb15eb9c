/** Resolves at the first signal of the system that asks a program to end, or when `told` aborts. */
export function untilToldToStop(told?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => resolve());
    told?.addEventListener('abort', () => resolve(), { once: true });
  });
}
