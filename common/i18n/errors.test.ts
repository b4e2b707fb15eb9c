import { IntlMessageFormat } from 'intl-messageformat';
import { expect, test } from 'vitest';
import { errorCodeSchema } from '#common/base/error-codes.ts';
import { checkNames } from './checks.ts';
import { errorTexts } from './errors.ts';
import { localeSchema, type Text } from './locale.ts';

const texts: readonly (readonly [string, Text])[] = [
  ...Object.entries(errorTexts).flatMap(([code, { title, advice }]) => [
    [`${code} title`, title] as const,
    [`${code} advice`, advice] as const,
  ]),
  ...Object.entries(checkNames).map(([check, name]) => [`check ${check}`, name] as const),
];

test('every error code has its texts and no other has', () => {
  expect(Object.keys(errorTexts).sort()).toEqual([...errorCodeSchema.options].sort());
});

test.each(texts)('%s is there in every language, with the same places', (_, text) => {
  const places = localeSchema.options.map((locale) => {
    expect(text[locale].trim()).not.toBe('');
    return placesOf(text[locale], locale);
  });
  expect(new Set(places.map((names) => names.join(' '))).size).toBe(1);
});

/** The names in braces, at any depth, of a message that must parse. */
function placesOf(message: string, locale: string): string[] {
  const found = new Set<string>();
  JSON.stringify(new IntlMessageFormat(message, locale).getAst(), (key, value: unknown) => {
    if (isPlace(value)) found.add(value.value);
    return key === 'location' ? undefined : value;
  });
  return [...found].sort();
}

function isPlace(value: unknown): value is { type: number; value: string } {
  // Type 0 is literal text (icu-messageformat-parser's TYPE.literal); every other element with a value is a place.
  return typeof value === 'object' && value !== null && 'type' in value && value.type !== 0 && 'value' in value
    ? typeof value.value === 'string'
    : false;
}
