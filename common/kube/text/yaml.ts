import { isScalar, LineCounter, parseDocument, visit, type Document } from 'yaml';
import { MAXIMUM_DEPTH, TextError, type ParsedText } from './json.ts';

/** Reading YAML takes a hundred times as long as reading JSON, and nothing else happens meanwhile. */
const LARGEST_YAML = 1024 * 1024;
/** Anchors that multiply: far fewer are needed by any manifest. */
const ALIASES = 100;
/** Of what aliases may make of a document, counted as characters and values. */
const LARGEST_MEANING = 4 * 1024 * 1024;

/** Reads a YAML document as the JSON it stands for. Throws `TextError`. */
export function parseYaml(text: string): ParsedText {
  if (text.length > LARGEST_YAML) throw new TextError(`yaml: the document is longer than ${LARGEST_YAML} characters`);
  const lineCounter = new LineCounter();
  try {
    // The library's own check for unique keys compares each with all others.
    const document = parseDocument(text, { merge: true, uniqueKeys: false, lineCounter });
    const [error] = document.errors;
    if (error?.code === 'RESOURCE_EXHAUSTION') throw new RangeError(error.message);
    if (error) throw new TextError(`yaml: ${error.message.split('\n')[0]!}`);
    const value: unknown = document.toJS({ maxAliasCount: ALIASES });
    measure(value, 0, { left: LARGEST_MEANING });
    return { value, duplicates: new Set(), problems: duplicateKeys(document, lineCounter) };
  } catch (error) {
    if (error instanceof RangeError) throw new TextError('yaml: exceeded max depth');
    if (error instanceof ReferenceError) throw new TextError('yaml: document contains excessive aliasing');
    throw error;
  }
}

/** As go-yaml says it: one problem for all keys that are there twice. */
function duplicateKeys(document: Document, lines: LineCounter): string[] {
  const found: { line: number; key: string }[] = [];
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<string>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        if (seen.has(name)) found.push({ line: lines.linePos(key.range?.[0] ?? 0).line, key: name });
        seen.add(name);
      }
    },
  });
  if (found.length === 0) return [];
  const sorted = found.sort((a, b) => a.line - b.line);
  return [
    `yaml: unmarshal errors:${sorted.map(({ line, key }) => `\n  line ${line}: key "${key}" already set in map`).join('')}`,
  ];
}

/** What aliases point to is shared here, but not in the JSON that is made of it. */
function measure(value: unknown, depth: number, budget: { left: number }): void {
  budget.left -= typeof value === 'string' ? value.length : 1;
  if (budget.left < 0) throw new TextError('yaml: document contains excessive aliasing');
  if (depth > MAXIMUM_DEPTH) throw new TextError('yaml: exceeded max depth');
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    budget.left -= key.length;
    measure(child, depth + 1, budget);
  }
}
