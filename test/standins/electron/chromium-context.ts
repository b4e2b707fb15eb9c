import { mkdtempSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type BrowserContext } from 'playwright-core';
import { CHROMIUM_FLAGS, findChromium } from '../chromium.ts';

const profile = mkdtempSync(path.join(tmpdir(), 'electron-standin-'));
let context: Promise<BrowserContext> | undefined;

/** The browser behind all windows, started with the first of them. */
export function browserContext(): Promise<BrowserContext> {
  context ??= chromium.launchPersistentContext(profile, {
    executablePath: findChromium(),
    // Port 0: Chromium takes a free one, and notes it in its profile.
    args: [...CHROMIUM_FLAGS, '--remote-debugging-port=0'],
  });
  return context;
}

/** Where a test can attach to the browser. */
export async function debuggingPort(): Promise<number> {
  await browserContext();
  const note = await readFile(path.join(profile, 'DevToolsActivePort'), 'utf8');
  return Number(note.split('\n')[0]);
}

export async function closeBrowser(): Promise<void> {
  const open = await context?.catch(() => undefined);
  await open?.close();
}

export const profileDirectory = profile;
