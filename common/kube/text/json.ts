/** Go reads 10,000 levels; nothing real has more than a few dozen, and every reader here is recursive. */
export const MAXIMUM_DEPTH = 1000;

/** A body that cannot be read, in Go's words where Go has any. */
export class TextError extends Error {
  override readonly name = 'TextError';
}

/** What a body holds, and what is wrong with how it is written though it can be read. */
export interface ParsedText {
  readonly value: unknown;
  /** Paths of fields that are there more than once; the last one counts. */
  readonly duplicates: ReadonlySet<string>;
  /** The same as whole sentences, where the format has its own. */
  readonly problems: readonly string[];
}

/** Reads JSON without losing sight of fields that are there twice. Throws `TextError`. */
export function parseJson(text: string): ParsedText {
  const duplicates = duplicateFields(text);
  try {
    return { value: JSON.parse(text) as unknown, duplicates, problems: [] };
  } catch (error) {
    throw new TextError(error instanceof Error ? error.message : String(error));
  }
}

interface Level {
  /** Of an object: the names that were seen; of a list: nothing. */
  readonly names: Set<string> | undefined;
  /** The element of the path that is being read: a name, or an index. */
  at: string | number;
  expectsName: boolean;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** One pass over the brackets and strings; what is no JSON at all is left for the parser to find. */
function duplicateFields(text: string): ReadonlySet<string> {
  const levels: Level[] = [];
  const found = new Set<string>();
  let level: Level | undefined;
  for (let index = 0; index < text.length; index++) {
    switch (text.charCodeAt(index)) {
      case QUOTE: {
        const end = endOfString(text, index + 1);
        if (end < 0) return found;
        if (level?.names && level.expectsName) {
          const name = nameOf(text.slice(index + 1, end));
          level.at = name;
          level.expectsName = false;
          if (level.names.has(name)) found.add(pathOf(levels));
          else level.names.add(name);
        }
        index = end;
        break;
      }
      case OPEN_OBJECT:
      case OPEN_LIST: {
        if (levels.length >= MAXIMUM_DEPTH) throw new TextError('exceeded max depth');
        const isObject = text.charCodeAt(index) === OPEN_OBJECT;
        level = { names: isObject ? new Set() : undefined, at: isObject ? '' : 0, expectsName: isObject };
        levels.push(level);
        break;
      }
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        levels.pop();
        level = levels.at(-1);
        break;
      case COMMA:
        if (typeof level?.at === 'number') level.at++;
        else if (level) level.expectsName = true;
        break;
      default:
    }
  }
  return found;
}

/** Where the closing quote is, or -1. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (end - 1 - backslashes >= start && text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return -1;
}

function nameOf(raw: string): string {
  if (!raw.includes('\\')) return raw;
  try {
    return String(JSON.parse(`"${raw}"`));
  } catch {
    return raw;
  }
}

/** `spec.containers[0].image` */
function pathOf(levels: readonly Level[]): string {
  return levels.reduce((path, { at }) => {
    if (typeof at === 'number') return `${path}[${at}]`;
    return path === '' ? at : `${path}.${at}`;
  }, '');
}
