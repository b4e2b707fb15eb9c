/**
 * What may be a name, a label or an annotation key (apimachinery pkg/util/validation). Each function
 * returns the reasons why a text may not, in upstream's words; none means that it may.
 */

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const LABEL_MESSAGE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const SUBDOMAIN_MESSAGE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const LABEL_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const LABEL_1035_MESSAGE =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const QUALIFIED_MESSAGE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const LABEL_VALUE = `(${QUALIFIED})?`;
const LABEL_VALUE_MESSAGE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const ENV_NAME = '[-._a-zA-Z][-._a-zA-Z0-9]*';
const ENV_NAME_MESSAGE =
  "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit";
const CONFIG_KEY = '[-._a-zA-Z0-9]+';
const CONFIG_KEY_MESSAGE = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";

const whole = (pattern: string): RegExp => new RegExp(`^${pattern}$`);
const PATTERNS = {
  label: whole(LABEL),
  subdomain: whole(SUBDOMAIN),
  label1035: whole(LABEL_1035),
  qualified: whole(QUALIFIED),
  labelValue: whole(LABEL_VALUE),
  envName: whole(ENV_NAME),
  configKey: whole(CONFIG_KEY),
} as const;

export function dnsLabelProblems(value: string): string[] {
  return [
    ...tooLong(value, 63, 'characters'),
    ...(PATTERNS.label.test(value)
      ? []
      : [
          PATTERNS.subdomain.test(value)
            ? 'must not contain dots'
            : regexText(LABEL_MESSAGE, LABEL, 'my-name', '123-abc'),
        ]),
  ];
}

export function dnsSubdomainProblems(value: string): string[] {
  return [
    ...tooLong(value, 253, 'characters'),
    ...(PATTERNS.subdomain.test(value) ? [] : [regexText(SUBDOMAIN_MESSAGE, SUBDOMAIN, 'example.com')]),
  ];
}

export function dns1035LabelProblems(value: string): string[] {
  return [
    ...tooLong(value, 63, 'characters'),
    ...(PATTERNS.label1035.test(value) ? [] : [regexText(LABEL_1035_MESSAGE, LABEL_1035, 'my-name', 'abc-123')]),
  ];
}

/** `name` or `prefix/name`: keys of labels and annotations, names of resources and finalizers. */
export function qualifiedNameProblems(value: string): string[] {
  const parts = value.split('/');
  const problems: string[] = [];
  let name: string;
  if (parts.length === 1) name = parts[0]!;
  else if (parts.length === 2) {
    name = parts[1]!;
    const prefix = parts[0]!;
    if (prefix === '') problems.push('prefix part must be non-empty');
    else problems.push(...dnsSubdomainProblems(prefix).map((problem) => `prefix part ${problem}`));
  } else {
    return [
      `a valid label key ${regexText(QUALIFIED_MESSAGE, QUALIFIED, 'MyName', 'my.name', '123-abc')} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  if (name === '') problems.push('name part must be non-empty');
  else problems.push(...tooLong(name, 63, 'bytes').map((problem) => `name part ${problem}`));
  if (!PATTERNS.qualified.test(name)) {
    problems.push(`name part ${regexText(QUALIFIED_MESSAGE, QUALIFIED, 'MyName', 'my.name', '123-abc')}`);
  }
  return problems;
}

export function labelValueProblems(value: string): string[] {
  return [
    ...tooLong(value, 63, 'bytes'),
    ...(PATTERNS.labelValue.test(value)
      ? []
      : [regexText(LABEL_VALUE_MESSAGE, LABEL_VALUE, 'MyValue', 'my_value', '12345')]),
  ];
}

export function envNameProblems(value: string): string[] {
  return [
    ...(PATTERNS.envName.test(value)
      ? []
      : [regexText(ENV_NAME_MESSAGE, ENV_NAME, 'my.env-name', 'MY_ENV.NAME', 'MyEnvName1')]),
    ...dotProblems(value),
  ];
}

/** Keys of ConfigMaps and Secrets: they become file names. */
export function configKeyProblems(value: string): string[] {
  return [
    ...tooLong(value, 253, 'characters'),
    ...(PATTERNS.configKey.test(value)
      ? []
      : [regexText(CONFIG_KEY_MESSAGE, CONFIG_KEY, 'key.name', 'KEY_NAME', 'key-name')]),
    ...dotProblems(value),
  ];
}

/** An IANA service name: what ports are called. */
export function portNameProblems(value: string): string[] {
  const problems = tooLong(value, 15, 'characters');
  if (!/^[-a-z0-9]+$/.test(value))
    problems.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(value)) problems.push('must contain at least one letter (a-z)');
  if (value.includes('--')) problems.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) problems.push('must not begin or end with a hyphen');
  return problems;
}

/** For names that become one segment of a path. */
export function pathSegmentProblems(value: string): string[] {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return ['/', '%'].filter((part) => value.includes(part)).map((part) => `may not contain '${part}'`);
}

export function portProblems(port: number): string[] {
  return port >= 1 && port <= 65535 ? [] : ['must be between 1 and 65535, inclusive'];
}

function dotProblems(value: string): string[] {
  if (value === '.') return ["must not be '.'"];
  if (value === '..') return ["must not be '..'"];
  return value.startsWith('..') ? ["must not start with '..'"] : [];
}

/** Counted in bytes; upstream's older functions call them characters. */
function tooLong(value: string, maximum: number, unit: 'bytes' | 'characters'): string[] {
  return new TextEncoder().encode(value).length > maximum ? [`must be no more than ${maximum} ${unit}`] : [];
}

function regexText(message: string, pattern: string, ...examples: string[]): string {
  const listed = examples.map((example) => `'${example}'`).join(',  or ');
  return `${message} (e.g. ${listed}, regex used for validation is '${pattern}')`;
}
