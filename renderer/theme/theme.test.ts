import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { toneSchema } from '#common/contract/rows.ts';

const [colors, sheet] = ['colors.css', 'theme.css'].map((name) =>
  readFileSync(path.join(import.meta.dirname, name), 'utf8'),
) as [string, string];

const pairs = new Map(
  [...colors.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g)].map(([, name, light, dark]) => [
    name!,
    { light: light!, dark: dark! },
  ]),
);

/** Relative luminance and contrast as WCAG 2.2 defines them. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const channel = parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light! + 0.05) / (dark! + 0.05);
}

const TEXT = 4.5;
/** Marks, borders of controls and the focus ring: WCAG 1.4.11. */
const GRAPHIC = 3;

const wanted: [text: string, surface: string, least: number][] = [
  ...toneSchema.options.map((tone): [string, string, number] => [`tone-${tone}-text`, `tone-${tone}-surface`, TEXT]),
  ...toneSchema.options.flatMap((tone): [string, string, number][] =>
    ['surface', 'canvas'].map((surface) => [`tone-${tone}-mark`, surface, GRAPHIC]),
  ),
  ...['canvas', 'surface', 'raised', 'sunken', 'hover', 'selected'].flatMap((surface): [string, string, number][] => [
    ['ink', surface, TEXT],
    ['ink-soft', surface, TEXT],
    ['accent', surface, TEXT],
  ]),
  ...['canvas', 'surface', 'raised'].flatMap((surface): [string, string, number][] => [
    ['danger-text', surface, TEXT],
    ['border-strong', surface, GRAPHIC],
    ['focus', surface, GRAPHIC],
  ]),
  ['rail-ink', 'rail', TEXT],
  ['ink-soft', 'rail', TEXT],
  ['ink', 'rail-selected', TEXT],
  ['accent-ink', 'accent', TEXT],
  ['accent-ink', 'accent-hover', TEXT],
  ['danger-ink', 'danger', TEXT],
  ['danger-ink', 'danger-hover', TEXT],
];

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  it.each(wanted)('%s on %s has a contrast of %s', (text, surface, least) => {
    expect(contrast(pairs.get(text)![theme], pairs.get(surface)![theme])).toBeGreaterThanOrEqual(least);
  });
});

it('has every colour in both themes, and no colour elsewhere', () => {
  const declared = [...colors.matchAll(/^\s*--([\w-]+):/gm)].map(([, name]) => name);
  expect([...pairs.keys()]).toEqual(declared);
  expect(sheet).not.toMatch(/#[0-9a-f]{3,8}\b/i);
});
