import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { ROOT } from '../../scripts/build/task.ts';
import { ProgressWatch } from './progress-watch.ts';
import { CHROMIUM_FLAGS, findChromium } from '../standins/chromium.ts';

const PICTURES = path.join(ROOT, 'test-output/story');

let browser: Browser | undefined;

export interface Window {
  readonly page: Page;
  readonly progress: ProgressWatch;
}

export async function openWindow(url: string): Promise<Window> {
  browser ??= await chromium.launch({ executablePath: findChromium(), args: [...CHROMIUM_FLAGS] });
  const context = await browser.newContext({
    locale: 'en-US',
    viewport: { width: 1280, height: 800 },
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const progress = new ProgressWatch(page);
  await page.goto(url);
  return { page, progress };
}

export async function closeBrowser(): Promise<void> {
  await browser?.close();
  browser = undefined;
}

/** Keeps a picture of the window as it is, in both languages. */
export async function shoot(page: Page, name: string): Promise<void> {
  await mkdir(PICTURES, { recursive: true });
  await page.screenshot({ path: path.join(PICTURES, `${name}.en.png`) });
  await setLanguage(page, 'zh-CN');
  await page.screenshot({ path: path.join(PICTURES, `${name}.zh-CN.png`) });
  await setLanguage(page, 'en');
}

/** Through the window's own connection, so that an open dialog stays open. */
async function setLanguage(page: Page, language: 'en' | 'zh-CN'): Promise<void> {
  await page.evaluate(
    ({ wanted, host }) =>
      new Promise<void>((resolve, reject) => {
        const socket = new WebSocket(`ws://${host}/contract`);
        socket.onerror = () => reject(new Error('no connection'));
        socket.onopen = () =>
          socket.send(JSON.stringify({ type: 'call', id: 1, name: 'app.setPreferences', args: { language: wanted } }));
        socket.onmessage = () => {
          socket.close();
          resolve();
        };
      }),
    { wanted: language, host: new URL(page.url()).host },
  );
  await page.locator(`html[lang="${language}"]`).waitFor();
}
