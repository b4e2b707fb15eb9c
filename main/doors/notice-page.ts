import { createHash } from 'node:crypto';
import type { Text } from '#common/i18n/locale.ts';

/** What a visitor without a session is told. */
const texts = {
  'link-used': {
    title: { en: 'This link was already used', 'zh-CN': '此链接已被使用' },
    advice: {
      en: 'Each link opens Pilothouse once. Ask for a new one: run “pilothouse” again, or look at the terminal in which it runs.',
      'zh-CN': '每个链接只能打开 Pilothouse 一次。请重新运行 “pilothouse” 获取新链接，或查看正在运行它的终端。',
    },
  },
  'no-session': {
    title: { en: 'Open Pilothouse with its link', 'zh-CN': '请使用链接打开 Pilothouse' },
    advice: {
      en: 'This browser has no session. Use the link that Pilothouse printed when it started, or run “pilothouse” again for a new one.',
      'zh-CN': '此浏览器没有会话。请使用 Pilothouse 启动时显示的链接，或重新运行 “pilothouse” 获取新链接。',
    },
  },
} as const satisfies Record<string, { title: Text; advice: Text }>;

export type Notice = keyof typeof texts;

const STYLE = `
:root { color-scheme: light dark; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; line-height: 1.6;
  font-family: system-ui, "PingFang SC", "Microsoft YaHei UI", "Noto Sans CJK SC", sans-serif;
  background: light-dark(#f4f6f9, #0d141c); color: light-dark(#1b2733, #dfe7ef); }
main { max-width: 34rem; margin: 2rem; padding: 2rem 2.5rem; border-radius: 14px;
  background: light-dark(#fff, #151e28); border: 1px solid light-dark(#d9e0e8, #2a3745); }
h1 { font-size: 1.25rem; margin: 0 0 .25rem; }
p { margin: 0; color: light-dark(#4a5a6a, #a5b4c3); }
section + section { margin-top: 1.5rem; padding-top: 1.5rem; border-top: 1px solid light-dark(#e4e9ef, #243140); }
`;

/** Only this style may apply, and no script at all. */
export const NOTICE_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`;

/** A page for a visitor whose language is not known yet: it speaks both. */
export function noticePage(notice: Notice): string {
  const { title, advice } = texts[notice];
  const section = (lang: keyof Text): string =>
    `<section lang="${lang}"><h1>${title[lang]}</h1><p>${advice[lang]}</p></section>`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Pilothouse</title><meta name="viewport" content="width=device-width"><style>${STYLE}</style></head><body><main>${section('en')}${section('zh-CN')}</main></body></html>`;
}
