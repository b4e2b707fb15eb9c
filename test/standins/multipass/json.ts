import { isBefore17, type Settings } from './settings.ts';

/** As the client prints JSON: keys in alphabetical order until 1.16, as they come from then on. */
export function printJson(settings: Settings, value: unknown): void {
  const text = JSON.stringify(isBefore17(settings) ? sorted(value) : value, undefined, 4);
  process.stdout.write(`${isBefore17(settings) ? text : text.replaceAll('[]', '[\n]').replaceAll('{}', '{\n}')}\n`);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}
