import type { ILabelSelector } from '@kubernetes-models/apimachinery/apis/meta/v1/LabelSelector';
import type { DeepReadonly } from '#common/base/freeze.ts';
import { labelValueProblems, qualifiedNameProblems } from '../names.ts';

export type Labels = Readonly<Record<string, string>> | undefined;

type Operator = 'in' | 'notin' | '=' | '!=' | 'exists' | '!' | 'gt' | 'lt';

interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

/** A text that is no selector: answered as 400 with its message. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
}

/** Which sets of labels are meant (apimachinery pkg/labels). Without requirements: all. */
export class LabelSelector {
  readonly #requirements: readonly Requirement[];

  constructor(requirements: readonly Requirement[]) {
    this.#requirements = requirements;
  }

  get isEverything(): boolean {
    return this.#requirements.length === 0;
  }

  matches(labels: Labels): boolean {
    return this.#requirements.every((requirement) => satisfies(requirement, labels ?? {}));
  }

  /** The text that parses to this selector again. */
  toString(): string {
    return this.#requirements.map(requirementText).join(',');
  }

  static readonly everything = new LabelSelector([]);
  static readonly nothing: Pick<LabelSelector, 'matches' | 'isEverything'> = {
    isEverything: false,
    matches: () => false,
  };

  /** Exactly these labels, as Services and ReplicationControllers select. */
  static fromMap(labels: Labels): LabelSelector {
    return new LabelSelector(
      Object.entries(labels ?? {})
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => ({ key, operator: '=', values: [value] })),
    );
  }

  /** A `metav1.LabelSelector`: none selects nothing, an empty one everything. */
  static fromObject(
    selector: DeepReadonly<ILabelSelector> | undefined,
  ): Pick<LabelSelector, 'matches' | 'isEverything'> {
    if (!selector) return LabelSelector.nothing;
    const operators: Readonly<Record<string, Operator>> = {
      In: 'in',
      NotIn: 'notin',
      Exists: 'exists',
      DoesNotExist: '!',
    };
    const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values }): Requirement => {
      const known = operators[operator];
      if (!known) throw new SelectorError(`"${operator}" is not a valid label selector operator`);
      return { key, operator: known, values: values ?? [] };
    });
    const labels = Object.entries(selector.matchLabels ?? {}).map(([key, value]): Requirement => ({
      key,
      operator: '=',
      values: [value],
    }));
    return new LabelSelector([...labels, ...expressions]);
  }

  /** `app=web,tier in (a,b),!old`: the text form of queries. */
  static parse(text: string): LabelSelector {
    return new LabelSelector(new Parser(text).parse());
  }
}

function satisfies({ key, operator, values }: Requirement, labels: Readonly<Record<string, string>>): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case '=':
    case 'in':
      return value !== undefined && values.includes(value);
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    case 'gt':
      return isInteger(value) && BigInt(value) > BigInt(values[0]!);
    case 'lt':
      return isInteger(value) && BigInt(value) < BigInt(values[0]!);
    default:
      return operator satisfies never;
  }
}

function isInteger(value: string | undefined): value is string {
  return value !== undefined && /^[+-]?\d+$/.test(value);
}

function requirementText({ key, operator, values }: Requirement): string {
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${[...values].sort().join(',')})`;
    case 'gt':
      return `${key}>${values[0]!}`;
    case 'lt':
      return `${key}<${values[0]!}`;
    case '=':
    case '!=':
      return `${key}${operator}${values[0]!}`;
    default:
      return operator satisfies never;
  }
}

/** The grammar of pkg/labels: words, `,`, `(`, `)`, `!`, `=`, `==`, `!=`, `<`, `>`. */
class Parser {
  readonly #tokens: string[];
  #position = 0;

  constructor(text: string) {
    this.#tokens = text.match(/[^ \t\r\n,()!=<>]+|==|!=|[,()!=<>]/g) ?? [];
  }

  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    for (let first = this.#peek(); first !== undefined; first = this.#peek()) {
      if (!(isWord(first) || first === '!')) {
        throw new SelectorError(`found '${first}', expected: !, identifier, or 'end of string'`);
      }
      requirements.push(this.#requirement());
      const next = this.#next();
      if (next === undefined) break;
      if (next !== ',') throw new SelectorError(`found '${next}', expected: ',' or 'end of string'`);
      const after = this.#peek();
      if (after === undefined || !(isWord(after) || after === '!')) {
        throw new SelectorError(`found '${after ?? ''}', expected: identifier after ','`);
      }
    }
    return requirements;
  }

  #requirement(): Requirement {
    const negated = this.#peek() === '!';
    if (negated) this.#position++;
    const key = this.#next() ?? '';
    if (!isWord(key)) throw new SelectorError(`unable to parse requirement: found '${key}', expected: identifier`);
    checkKey(key);
    if (negated) return { key, operator: '!', values: [] };
    const operator = this.#peek();
    if (operator === undefined || operator === ',') return { key, operator: 'exists', values: [] };
    this.#position++;
    switch (operator) {
      case '=':
      case '==':
        return checked({ key, operator: '=', values: [this.#exactValue()] });
      case '!=':
        return checked({ key, operator: '!=', values: [this.#exactValue()] });
      case 'in':
      case 'notin':
        return checked({ key, operator, values: this.#valueSet() });
      case '>':
      case '<':
        return checked({ key, operator: operator === '>' ? 'gt' : 'lt', values: [this.#exactValue()] });
      default:
        throw new SelectorError(
          `unable to parse requirement: found '${operator}', expected: in, notin, =, ==, !=, gt, lt`,
        );
    }
  }

  #exactValue(): string {
    const token = this.#peek();
    if (token === undefined || token === ',') return '';
    if (!isWord(token)) throw new SelectorError(`unable to parse requirement: found '${token}', expected: identifier`);
    this.#position++;
    return token;
  }

  #valueSet(): string[] {
    const open = this.#next();
    if (open !== '(') throw new SelectorError(`unable to parse requirement: found '${open ?? ''}' expected: '('`);
    const values: string[] = [];
    let expectsValue = true;
    let expected = "',', ')' or identifier";
    for (;;) {
      const token = this.#next();
      if (token === ')') {
        if (expectsValue) values.push('');
        return [...new Set(values)];
      }
      if (token === ',') {
        if (expectsValue) values.push('');
        expectsValue = true;
      } else if (token !== undefined && isWord(token) && expectsValue) {
        values.push(token);
        expectsValue = false;
      } else {
        throw new SelectorError(`unable to parse requirement: found '${token ?? ''}', expected: ${expected}`);
      }
      expected = expectsValue ? "',', or identifier" : "',' or ')'";
    }
  }

  #peek(): string | undefined {
    return this.#tokens[this.#position];
  }

  #next(): string | undefined {
    return this.#tokens[this.#position++];
  }
}

function isWord(token: string): boolean {
  return !/^[,()!=<>]/.test(token);
}

function checkKey(key: string): void {
  const problems = qualifiedNameProblems(key);
  if (problems.length > 0) {
    throw new SelectorError(`unable to parse requirement: <nil>: Invalid value: "${key}": ${problems.join('; ')}`);
  }
}

function checked(requirement: Requirement): Requirement {
  const { key, operator, values } = requirement;
  if ((operator === 'gt' || operator === 'lt') && !isInteger(values[0])) {
    throw new SelectorError(
      `unable to parse requirement: values[0]: Invalid value: "${values[0]!}": for 'Gt', 'Lt' operators, the value must be an integer`,
    );
  }
  for (const [index, value] of values.entries()) {
    const problems = labelValueProblems(value);
    if (problems.length > 0) {
      throw new SelectorError(
        `unable to parse requirement: values[${index}][${key}]: Invalid value: "${value}": ${problems.join('; ')}`,
      );
    }
  }
  return requirement;
}
