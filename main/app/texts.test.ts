import { expect, it } from 'vitest';
import { localeSchema } from '#common/i18n/locale.ts';
import { appTexts, localeOf, say } from './texts.ts';

it.each(Object.entries(appTexts))('%s is there in every language', (_name, text) => {
  for (const locale of localeSchema.options) expect(say(text, locale, { count: 2 })).toMatch(/\S/);
});

it('counts what is running', () => {
  expect(say(appTexts.quitDetail, 'en', { count: 1 })).toContain('One cluster is running.');
  expect(say(appTexts.quitDetail, 'en', { count: 3 })).toContain('3 clusters are running.');
});

it('speaks the language that was chosen, or the system’s', () => {
  expect(localeOf('zh-CN', ['en-US'])).toBe('zh-CN');
  expect(localeOf('system', ['zh-Hans-CN', 'en'])).toBe('zh-CN');
});
