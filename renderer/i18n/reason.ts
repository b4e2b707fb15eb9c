import { t } from './i18n.svelte.ts';
import { validationTexts, type ValidationKey } from '#common/i18n/validation.ts';

/** Why an input is refused, in words, by the reason that its schema gives. */
export function reasonText(reason: string | undefined): string | undefined {
  if (reason === undefined) return undefined;
  return isKnown(reason) ? t(`validation.${reason}`) : t('validation.invalid');
}

function isKnown(reason: string): reason is ValidationKey {
  return Object.hasOwn(validationTexts, `validation.${reason}`);
}
