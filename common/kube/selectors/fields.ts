import { SelectorError } from './labels.ts';

interface Requirement {
  readonly field: string;
  readonly negated: boolean;
  readonly value: string;
}

/** Which objects are meant, by the few fields that their kind lets be selected (apimachinery pkg/fields). */
export class FieldSelector {
  readonly requirements: readonly Requirement[];

  private constructor(requirements: readonly Requirement[]) {
    this.requirements = requirements;
  }

  get isEverything(): boolean {
    return this.requirements.length === 0;
  }

  /** `valueOf` gives an object's value of a field, empty when it has none. */
  matches(valueOf: (field: string) => string): boolean {
    return this.requirements.every(({ field, negated, value }) => (valueOf(field) === value) !== negated);
  }

  /** The value that a field must have, when exactly one is asked for. */
  requiredValue(field: string): string | undefined {
    return this.requirements.find((requirement) => requirement.field === field && !requirement.negated)?.value;
  }

  static readonly everything = new FieldSelector([]);

  /** `metadata.name=a,spec.nodeName!=b`; commas and backslashes in values are escaped with a backslash. */
  static parse(text: string): FieldSelector {
    const terms = splitUnescaped(text).filter((term) => term !== '');
    return new FieldSelector(
      terms.map((term) => {
        const match = /^([^!=]*)(==|!=|=)([^]*)$/.exec(term);
        if (!match) throw new SelectorError(`invalid selector: '${text}'; can't understand '${term}'`);
        return { field: match[1]!, negated: match[2] === '!=', value: unescape(match[3]!) };
      }),
    );
  }
}

/** At commas that no backslash stands before. */
function splitUnescaped(text: string): string[] {
  return text.match(/(?:\\.|[^,\\]|\\$)+/gs) ?? [];
}

function unescape(value: string): string {
  return value.replace(/\\(.?)|[,=]/gs, (found, escaped: string | undefined) => {
    if (escaped === undefined) {
      throw new SelectorError(`invalid field selector: unescaped character in value: ${found.codePointAt(0)!}`);
    }
    if (!'\\,='.includes(escaped) || escaped === '') {
      throw new SelectorError(`invalid field selector: invalid escape sequence: ${found}`);
    }
    return escaped;
  });
}
