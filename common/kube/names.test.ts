import { describe, expect, it } from 'vitest';
import {
  configKeyProblems,
  dns1035LabelProblems,
  dnsLabelProblems,
  dnsSubdomainProblems,
  envNameProblems,
  labelValueProblems,
  pathSegmentProblems,
  portNameProblems,
  portProblems,
  qualifiedNameProblems,
} from './names.ts';

const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_1035 =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const QUALIFIED =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

describe('names', () => {
  it.each<[string, (value: string) => string[], readonly string[]]>([
    ['labels', dnsLabelProblems, ['a', '1', 'a-b', 'a'.repeat(63)]],
    ['subdomains', dnsSubdomainProblems, ['a', 'a.b', '1.2-3', `${'a'.repeat(250)}.bc`]],
    ['RFC 1035 labels', dns1035LabelProblems, ['a', 'a-1']],
    ['qualified names', qualifiedNameProblems, ['a', 'A_b.c', 'example.com/Name', '1']],
    ['label values', labelValueProblems, ['', 'a', 'A_b.c-d', '1']],
    ['environment variables', envNameProblems, ['A', '_a', 'a.b-c', '.a']],
    ['keys of config maps', configKeyProblems, ['a', 'A.b_c-d', '.a', '1']],
    ['port names', portNameProblems, ['http', 'a-1', '8080-web']],
    ['path segments', pathSegmentProblems, ['a', 'A b', '...']],
  ])('%s that are good', (_, problems, names) => {
    for (const name of names) expect(problems(name), name).toEqual([]);
  });

  it.each<[(value: string) => string[], string, readonly string[]]>([
    [dnsLabelProblems, '', [LABEL]],
    [dnsLabelProblems, 'A', [LABEL]],
    [dnsLabelProblems, '-a', [LABEL]],
    [dnsLabelProblems, 'a\n', [LABEL]],
    [dnsLabelProblems, 'a.b', ['must not contain dots']],
    [dnsLabelProblems, 'a'.repeat(64), ['must be no more than 63 characters']],
    [dnsSubdomainProblems, 'a..b', [SUBDOMAIN]],
    [dnsSubdomainProblems, 'a_b', [SUBDOMAIN]],
    [dnsSubdomainProblems, 'a'.repeat(254), ['must be no more than 253 characters']],
    [dns1035LabelProblems, '1a', [LABEL_1035]],
    [qualifiedNameProblems, '', ['name part must be non-empty', `name part ${QUALIFIED}`]],
    [qualifiedNameProblems, '/a', ['prefix part must be non-empty']],
    [qualifiedNameProblems, 'A/a', [`prefix part ${SUBDOMAIN}`]],
    [qualifiedNameProblems, 'a'.repeat(64), ['name part must be no more than 63 bytes']],
    [
      qualifiedNameProblems,
      'a/b/c',
      [`a valid label key ${QUALIFIED} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`],
    ],
    [envNameProblems, '..', ["must not be '..'"]],
    [envNameProblems, '..a', ["must not start with '..'"]],
    [configKeyProblems, '.', ["must not be '.'"]],
    [configKeyProblems, 'a'.repeat(254), ['must be no more than 253 characters']],
    [
      portNameProblems,
      '-A--1-',
      [
        'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
        'must contain at least one letter (a-z)',
        'must not contain consecutive hyphens',
        'must not begin or end with a hyphen',
      ],
    ],
    [portNameProblems, 'a'.repeat(16), ['must be no more than 15 characters']],
    [pathSegmentProblems, '..', ["may not be '..'"]],
    [pathSegmentProblems, 'a/b%', ["may not contain '/'", "may not contain '%'"]],
  ])('%#: %j has reasons against it', (problems, name, expected) => {
    expect(problems(name)).toEqual(expected);
  });

  it('counts bytes, not letters', () => {
    expect(labelValueProblems('é'.repeat(32))[0]).toBe('must be no more than 63 bytes');
  });

  it('tells of ports', () => {
    expect([1, 65535].flatMap(portProblems)).toEqual([]);
    for (const port of [0, -1, 65536]) expect(portProblems(port)).toEqual(['must be between 1 and 65535, inclusive']);
  });
});
