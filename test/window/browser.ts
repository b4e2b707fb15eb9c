import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import axe from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, afterEach, expect } from 'vitest';
import { silentLog } from '#common/base/log.ts';
import type { Locale } from '#common/i18n/locale.ts';
import { serveWindow, type WindowServer } from '../../main/doors/websocket.ts';
import { BUILD, ROOT } from '../../scripts/build/task.ts';
import { CHROMIUM_FLAGS, findChromium } from '../standins/chromium.ts';
import type { World } from './world/world.ts';

const SCREENS = path.join(ROOT, 'test-output/screens');
const VIEWPORT = { width: 1280, height: 800 };

let browser: Promise<Browser> | undefined;
const servers = new Set<WindowServer>();
const complaints: string[] = [];

export interface Look {
  readonly locale?: Locale;
  readonly theme?: 'light' | 'dark';
  readonly viewport?: { width: number; height: number };
}

export interface Opened {
  readonly page: Page;
  readonly world: World;
  readonly server: WindowServer;
}

/** The page on a world, in a browser profile of its own. `at` is the fragment of its address. */
export async function open(world: World, look: Look = {}, at = ''): Promise<Opened> {
  world.info = { ...world.info, languages: [look.locale ?? 'en'] };
  const server = await serve(world);
  const page = await newPage(look);
  await page.goto(server.newUrl());
  if (at !== '') await page.goto(`http://127.0.0.1:${server.port}/${at}`);
  return { page, world, server };
}

export async function serve(world: World, port = 0, sessionKey?: Uint8Array): Promise<WindowServer> {
  const server = await serveWindow({
    root: path.join(BUILD, 'renderer'),
    handlers: world.handlers,
    port,
    log: silentLog,
    ...(sessionKey ? { sessionKey } : {}),
  });
  servers.add(server);
  return server;
}

export async function newPage({ locale = 'en', theme = 'light', viewport = VIEWPORT }: Look = {}): Promise<Page> {
  browser ??= chromium.launch({ executablePath: findChromium(), args: [...CHROMIUM_FLAGS] });
  const context = await (await browser).newContext({ locale, colorScheme: theme, viewport, reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return page;
}

/** Complaints of the page that a test provokes on purpose. */
export function forgive(pattern: RegExp): void {
  const rest = complaints.filter((complaint) => !pattern.test(complaint));
  complaints.splice(0, complaints.length, ...rest);
}

export async function shot(page: Page, name: string): Promise<void> {
  await mkdir(SCREENS, { recursive: true });
  await page.screenshot({ path: path.join(SCREENS, `${name}.png`) });
}

/** What axe finds against WCAG 2.2 AA and its own best practices. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const results = await window.axe.run(document, {
      // An open menu lies over the page, outside of its landmarks.
      rules: { region: { enabled: !document.querySelector('[role=menu], [role=tooltip], [data-tooltip-content]') } },
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return results.violations.map(({ id, nodes }) => ({
      id,
      nodes: nodes.map(({ html, failureSummary }) => `${html} ${failureSummary ?? ''}`),
    }));
  });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.join('\n  ')}`);
}

declare global {
  interface Window {
    readonly axe: typeof axe;
  }
}

afterEach(async () => {
  for (const context of (await browser)?.contexts() ?? []) await context.close();
  await Promise.all([...servers].map((server) => server.close()));
  servers.clear();
  expect(complaints.splice(0), 'what the page complained about').toEqual([]);
});

afterAll(async () => {
  await (await browser)?.close();
});
