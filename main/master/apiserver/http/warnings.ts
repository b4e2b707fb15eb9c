import type { ApiResponse } from './exchange.ts';

/** Of one warning, and of all of an answer together (apiserver's warning recorder). */
const LONGEST = 256;
const LONGEST_TOGETHER = 4096;

/** Puts warnings into an answer's headers, each once, and none beyond what headers can hold. */
export function warningsOf(response: ApiResponse): (message: string) => void {
  const said = new Set<string>();
  let total = 0;
  return (message) => {
    const text = message
      .slice(0, LONGEST)
      .replaceAll('\\', '\\\\')
      .replaceAll('"', '\\"')
      // A header holds printable ASCII only.
      .replaceAll(/[^\x20-\x7e]/g, ' ');
    if (said.has(text) || total + text.length > LONGEST_TOGETHER || response.headersSent) return;
    said.add(text);
    total += text.length;
    response.appendHeader('warning', `299 - "${text}"`);
  };
}
