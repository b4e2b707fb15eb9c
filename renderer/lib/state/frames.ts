/**
 * Runs tasks right before the next paint, each at most once per frame. A hidden page paints nothing,
 * so nothing runs then: what waits is run when the page is shown again.
 */
const waiting = new Set<() => void>();

export function onNextFrame(task: () => void): void {
  if (waiting.size === 0) requestAnimationFrame(runAll);
  waiting.add(task);
}

function runAll(): void {
  const tasks = [...waiting];
  waiting.clear();
  for (const task of tasks) task();
}
