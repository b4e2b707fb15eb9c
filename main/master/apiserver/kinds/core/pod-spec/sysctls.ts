import type { ISysctl } from 'kubernetes-models/v1/Sysctl';
import { fieldError, type FieldError } from '#common/kube/field-error.ts';

const LENGTH = 253;
const SEGMENT = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const NAME = `^(${SEGMENT}[\\./])*${SEGMENT}$`;
const NAME_PATTERN = new RegExp(NAME);

/** What is wrong with the names of kernel settings (core validation's validateSysctls). */
export function sysctlErrors(sysctls: readonly ISysctl[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  for (const [index, { name }] of sysctls.entries()) {
    const place = `${path}[${index}].name`;
    if (name === '') errors.push(fieldError.required(place));
    else if (name.length > LENGTH || !NAME_PATTERN.test(name)) {
      errors.push(fieldError.invalid(place, name, `must have at most ${LENGTH} characters and match regex ${NAME}`));
    } else if (names.has(name)) errors.push(fieldError.duplicate(place, name));
    names.add(name);
  }
  return errors;
}
