import { afterAll, beforeAll, expect } from 'vitest';

/** What must be gone when a test file ends: each would keep a real process alive. */
const LEAKS: ReadonlySet<string> = new Set([
  'Timeout',
  'TCPSocketWrap',
  'TCPServerWrap',
  'TLSWrap',
  'PipeWrap',
  'PipeServerWrap',
  'ProcessWrap',
  'FSEventWrap',
  'UDPWrap',
]);

let before: string[] = [];

const held = (): string[] => process.getActiveResourcesInfo().filter((name) => LEAKS.has(name));

beforeAll(() => {
  before = held();
});

afterAll(async () => {
  let leaked: string[] = [];
  // Sockets close in the turns after their owner let go: give them a moment, no more.
  for (let attempt = 0; attempt < 40; attempt++) {
    leaked = subtract(held(), before);
    if (leaked.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 25).unref());
  }
  expect(leaked, 'resources left open by this test file').toEqual([]);
});

function subtract(now: readonly string[], earlier: readonly string[]): string[] {
  const left = [...now];
  for (const name of earlier) {
    const index = left.indexOf(name);
    if (index >= 0) left.splice(index, 1);
  }
  return left;
}
