import { z } from 'zod';
import { fieldError, type FieldError } from '#common/kube/field-error.ts';
import { statusError } from '#common/kube/status-error.ts';
import { dryRunErrors, refuseOptions } from './write-options.ts';

const POLICIES = ['Foreground', 'Background', 'Orphan'] as const;
const policySchema = z.enum(POLICIES).nullish();

const writtenSchema = z.object({
  gracePeriodSeconds: z.number().int().nullish(),
  propagationPolicy: z.string().nullish(),
  orphanDependents: z.boolean().nullish(),
  preconditions: z.object({ uid: z.string().nullish(), resourceVersion: z.string().nullish() }).nullish(),
  dryRun: z.array(z.string()).nullish(),
});

/** metav1.DeleteOptions. */
export interface DeleteOptions extends Omit<z.infer<typeof writtenSchema>, 'propagationPolicy'> {
  propagationPolicy?: z.infer<typeof policySchema>;
}

/** Reads what a client sent; throws 400 for what cannot be read, and 422 for what means nothing. */
export function readDeleteOptions(written: unknown): DeleteOptions {
  const parsed = writtenSchema.safeParse(written);
  if (!parsed.success) throw statusError.badRequest(`invalid DeleteOptions: ${z.prettifyError(parsed.error)}`);
  const { propagationPolicy, orphanDependents, dryRun } = parsed.data;
  const errors: FieldError[] = [];
  if (typeof orphanDependents === 'boolean' && typeof propagationPolicy === 'string') {
    const detail = 'orphanDependents and deletionPropagation cannot be both set';
    errors.push(fieldError.invalid('propagationPolicy', propagationPolicy, detail));
  }
  const policy = policySchema.safeParse(propagationPolicy);
  if (!policy.success) {
    errors.push(fieldError.notSupported('propagationPolicy', propagationPolicy, [...POLICIES, 'nil']));
  }
  refuseOptions('DeleteOptions', [...errors, ...dryRunErrors(dryRun ?? [])]);
  return { ...parsed.data, propagationPolicy: policy.data };
}
