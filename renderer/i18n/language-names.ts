import type { Locale } from '#common/i18n/locale.ts';

/** What speakers of a language call it: never translated, so that everybody finds their own. */
export const languageNames: Readonly<Record<Locale, string>> = {
  en: 'English',
  'zh-CN': '简体中文',
};
