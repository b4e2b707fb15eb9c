import type { NativeTheme } from 'electron';
import type { Preferences } from '#common/contract/contract.ts';

/** The page's canvas (renderer/theme/colors.css), for the moment before it is painted. */
const CANVAS = { light: '#f3f6f9', dark: '#0c1218' } as const;

/** Lets the system's own parts, and the page's `prefers-color-scheme`, follow the theme that was chosen. */
export function applyTheme(nativeTheme: Pick<NativeTheme, 'themeSource'>, theme: Preferences['theme']): void {
  nativeTheme.themeSource = theme;
}

export function backgroundOf(nativeTheme: Pick<NativeTheme, 'shouldUseDarkColors'>): string {
  return nativeTheme.shouldUseDarkColors ? CANVAS.dark : CANVAS.light;
}
