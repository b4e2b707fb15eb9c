import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Locale } from '#common/i18n/locale.ts';
import { accessibilityProblems, open, shot } from './browser.ts';
import { World } from './world/world.ts';

/** One state of the window: how it comes about, and what is seen when it is there. */
export interface Scene {
  readonly name: string;
  readonly at?: string;
  readonly arrange: (world: World) => void;
  readonly act?: (page: Page) => Promise<void>;
  /** A CSS selector of what tells that the state is reached. */
  readonly reached: string;
}

const looks = (['en', 'zh-CN'] as const).flatMap((language) =>
  (['light', 'dark'] as const).map((theme): { language: Locale; theme: 'light' | 'dark' } => ({ language, theme })),
);

/** Every state is drawn in every look by changing the preferences under the open page. */
export async function draw({ name, at, arrange, act, reached }: Scene): Promise<void> {
  const world = new World();
  arrange(world);
  const { page } = await open(world, {}, at);
  await act?.(page);
  for (const look of looks) {
    world.preferences.set(look);
    await page.locator(`html[lang=${look.language}][data-theme=${look.theme}]`).waitFor();
    await page.locator(reached).first().waitFor();
    await shot(page, `${name}.${look.language}.${look.theme}`);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    // Each language and each theme once: what axe looks at does not depend on their pairing.
    if ((look.language === 'en') === (look.theme === 'light')) expect(await accessibilityProblems(page)).toEqual([]);
  }
}
