import { fieldError, type FieldError } from '#common/kube/field-error.ts';
import type { Stored } from '#common/kube/object.ts';
import type { CertificateSigningRequest } from '#common/kube/resources.ts';
import type { Draft } from '../../kind.ts';

/** What holds for a condition once it is there (pkg/apis/certificates/validation). */
const LASTING = ['Approved', 'Denied', 'Failed'];

const PATH = 'status.conditions';

export function conditionErrors(
  draft: Draft<CertificateSigningRequest>,
  old: Stored<CertificateSigningRequest>,
): FieldError[] {
  const conditions = draft.status?.conditions ?? [];
  const types = conditions.map(({ type }) => type);
  const errors: FieldError[] = [];
  for (const [index, { type, status }] of conditions.entries()) {
    const path = `${PATH}[${index}]`;
    if (type === '') errors.push(fieldError.required(`${path}.type`));
    if (status === '') errors.push(fieldError.required(`${path}.status`));
    else if (LASTING.includes(type) && status !== 'True') {
      errors.push(fieldError.notSupported(`${path}.status`, status, ['True']));
    }
    if (types.indexOf(type) !== index) errors.push(fieldError.duplicate(`${path}.type`, type));
    const opposite = type === 'Approved' ? 'Denied' : type === 'Denied' ? 'Approved' : undefined;
    if (opposite !== undefined && types.indexOf(opposite) >= 0 && types.indexOf(opposite) < index) {
      errors.push(fieldError.invalid(`${path}.type`, type, 'Approved and Denied conditions are mutually exclusive'));
    }
  }
  for (const type of LASTING) {
    if (old.status?.conditions?.some((condition) => condition.type === type) && !types.includes(type)) {
      errors.push(fieldError.forbidden(PATH, `updates may not remove a condition of type "${type}"`));
    }
  }
  return errors;
}

/** A certificate that was issued stays. */
export function certificateErrors(
  draft: Draft<CertificateSigningRequest>,
  old: Stored<CertificateSigningRequest>,
): FieldError[] {
  const path = 'status.certificate';
  const { certificate = '' } = draft.status ?? {};
  const { certificate: before = '' } = old.status ?? {};
  if (certificate === before) return [];
  if (before !== '') return [fieldError.forbidden(path, 'updates may not modify existing certificate content')];
  const pem = Buffer.from(certificate, 'base64').toString('latin1');
  return /-----BEGIN CERTIFICATE-----\r?\n[^-]+-----END CERTIFICATE-----/.test(pem)
    ? []
    : [fieldError.invalid(path, '<certificate data>', 'must contain at least one CERTIFICATE PEM block')];
}
