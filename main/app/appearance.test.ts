import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { applyTheme, backgroundOf } from './appearance.ts';

it('gives the window the colour that the page is going to have', () => {
  const colors = readFileSync(path.join(import.meta.dirname, '../../renderer/theme/colors.css'), 'utf8');
  const canvas = /--canvas: light-dark\((#\w+), (#\w+)\);/.exec(colors);
  expect([backgroundOf({ shouldUseDarkColors: false }), backgroundOf({ shouldUseDarkColors: true })]).toEqual(
    canvas?.slice(1),
  );
});

it.each(['system', 'light', 'dark'] as const)('lets the system follow the theme %s', (theme) => {
  const nativeTheme: { themeSource: string } = { themeSource: 'system' };
  applyTheme(nativeTheme as Parameters<typeof applyTheme>[0], theme);
  expect(nativeTheme.themeSource).toBe(theme);
});
