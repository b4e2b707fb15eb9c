import { IntlMessageFormat } from 'intl-messageformat';
import { parse, type AST } from 'svelte/compiler';
import { describe, expect, it } from 'vitest';
import { localeSchema, type Text } from '#common/i18n/locale.ts';
import { stepTexts } from '#common/i18n/steps.ts';
import { catalogue } from './catalogue.ts';
import { format } from './format.ts';

const texts: readonly (readonly [string, Text])[] = [
  ...Object.entries(catalogue),
  ...Object.entries(stepTexts).flatMap(([kind, steps]) =>
    Object.entries(steps).map(([id, text]) => [`${kind} ${id}`, text] as const),
  ),
];

const sources = import.meta.glob<string>('../**/*.svelte', { query: '?raw', import: 'default', eager: true });
const code = import.meta.glob<string>(['../**/*.ts', '../**/*.svelte', '!../i18n/**'], {
  query: '?raw',
  import: 'default',
  eager: true,
});

/** The names of a message's arguments, at any depth. */
function argumentsOf(message: string): string[] {
  const found = new Set<string>();
  JSON.stringify(new IntlMessageFormat(message).getAst(), (key, value: unknown) => {
    // Type 0 is literal text; every other element that has a value is an argument.
    if (typeof value === 'object' && value !== null && 'type' in value && value.type !== 0 && 'value' in value) {
      if (typeof value.value === 'string') found.add(value.value);
    }
    return key === 'location' ? undefined : value;
  });
  return [...found].sort();
}

describe('the catalogue', () => {
  it.each(texts)('has %s in every language, with the same arguments', (_key, text) => {
    expect(Object.keys(text).sort()).toEqual([...localeSchema.options].sort());
    for (const locale of localeSchema.options) expect(text[locale].trim()).toBe(text[locale]);
    for (const locale of localeSchema.options) expect(text[locale]).not.toBe('');
    const [first, ...others] = localeSchema.options.map((locale) => argumentsOf(text[locale]));
    for (const other of others) expect(other).toEqual(first);
  });

  it('has no text that nothing shows', () => {
    const everything = Object.values(code).join('\n');
    // A key may be put together at run time from its family's name: t(`phase.${...}`).
    const families = [...everything.matchAll(/`([\w-]+\.(?:[\w-]+-)?)\$\{/g)].map(([, family]) => family!);
    const dead = Object.keys(catalogue).filter(
      (key) =>
        !everything.includes(`'${key}'`) &&
        !families.some((family) => key.startsWith(family)) &&
        !key.startsWith('validation.'),
    );
    expect(dead).toEqual([]);
  });

  it('shows what comes from outside as text, markup included', () => {
    expect(format(catalogue['task.delete-pod'], 'en', { name: '<b>{x}</b>' })).toBe('Delete the pod <b>{x}</b>');
  });
});

/** Attributes that a person reads or hears. */
const SPOKEN = new Set([
  'title',
  'alt',
  'placeholder',
  'aria-label',
  'aria-description',
  'aria-roledescription',
  'label',
  'hint',
]);
const LETTER = /\p{Letter}{2,}/u;

/** Every literal text in a component's markup that a person would meet. */
function literalsOf(source: string): string[] {
  const found: string[] = [];
  const walk = (node: unknown): void => {
    if (Array.isArray(node)) {
      node.forEach(walk);
      return;
    }
    if (typeof node !== 'object' || node === null) return;
    if ('type' in node && node.type === 'StyleDirective') return;
    if ('type' in node && node.type === 'Attribute') {
      const { name, value } = node as AST.Attribute;
      const parts = Array.isArray(value) ? value : [];
      for (const part of parts)
        if (part.type === 'Text' && SPOKEN.has(name) && LETTER.test(part.data)) found.push(part.data);
      return;
    }
    if ('type' in node && node.type === 'Text' && 'data' in node && LETTER.test(String(node.data))) {
      found.push(String(node.data).trim());
    }
    for (const [key, child] of Object.entries(node)) if (key !== 'parent') walk(child);
  };
  walk(parse(source, { modern: true }).fragment);
  return found;
}

describe('components', () => {
  it.each(Object.entries(sources))('%s holds no text of its own', (_file, source) => {
    expect(literalsOf(source)).toEqual([]);
  });

  it('would be found out if they did', () => {
    expect(literalsOf('<p title="Hello">{x}</p>')).toEqual(['Hello']);
    expect(literalsOf('{#if a}<p>World {x}</p>{/if}')).toEqual(['World']);
  });
});
