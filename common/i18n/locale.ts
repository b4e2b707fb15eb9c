import { z } from 'zod';

export const localeSchema = z.enum(['en', 'zh-CN']);
export type Locale = z.infer<typeof localeSchema>;

/** One text in every language, in ICU MessageFormat. */
export type Text = Readonly<Record<Locale, string>>;

/** The best language for what a system or browser reports, such as `zh_CN.UTF-8` or `en-GB`. */
export function bestLocale(reported: readonly string[]): Locale {
  for (const tag of reported) {
    if (/^zh\b/i.test(tag.replace('_', '-'))) return 'zh-CN';
    if (/^en\b/i.test(tag.replace('_', '-'))) return 'en';
  }
  return 'en';
}
