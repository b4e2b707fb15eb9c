import { IntlMessageFormat } from 'intl-messageformat';
import { bestLocale, type Locale, type Text } from '#common/i18n/locale.ts';
import type { Preferences } from '#common/contract/contract.ts';

/** What is said outside of the page: in the tray, and when the app is quit. */
export const appTexts = {
  open: { en: 'Open Pilothouse', 'zh-CN': '打开 Pilothouse' },
  quit: { en: 'Quit Pilothouse', 'zh-CN': '退出 Pilothouse' },
  cancel: { en: 'Cancel', 'zh-CN': '取消' },
  quitTitle: { en: 'Quit Pilothouse?', 'zh-CN': '退出 Pilothouse？' },
  quitDetail: {
    en: '{count, plural, one {One cluster is running.} other {# clusters are running.}} Pilothouse is the control plane: without it pods go on running, but nothing is scheduled, scaled or repaired, and kubectl gets no answer.',
    'zh-CN':
      '有 {count} 个集群正在运行。Pilothouse 就是控制平面：退出后 Pod 会继续运行，但不再有调度、伸缩和自我修复，kubectl 也无法连接。',
  },
  cannotStart: { en: 'Pilothouse cannot start', 'zh-CN': 'Pilothouse 无法启动' },
} as const satisfies Readonly<Record<string, Text>>;

export function say(text: Text, locale: Locale, params: Readonly<Record<string, string | number>> = {}): string {
  return String(new IntlMessageFormat(text[locale], locale, undefined, { ignoreTag: true }).format(params));
}

/** The language that was chosen, or the system's. */
export function localeOf(language: Preferences['language'], systemLanguages: readonly string[]): Locale {
  return language === 'system' ? bestLocale(systemLanguages) : language;
}
