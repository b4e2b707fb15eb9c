import { fieldError, type FieldError } from '#common/kube/field-error.ts';

/** What a certificate may be for (certificates.k8s.io/v1 KeyUsage). */
const USAGES = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
];

export function usageErrors(usages: readonly string[]): FieldError[] {
  if (usages.length === 0) return [fieldError.required('spec.usages')];
  return usages.flatMap((usage, index) => {
    const path = `spec.usages[${index}]`;
    if (!USAGES.includes(usage)) return [fieldError.notSupported(path, usage, USAGES)];
    return usages.indexOf(usage) === index ? [] : [fieldError.duplicate(path, usage)];
  });
}
