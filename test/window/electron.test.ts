import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ROOT } from '../../scripts/build/task.ts';
import { buildEntry, DesktopApp, PAGE } from './electron/app.ts';
import { shot } from './browser.ts';

beforeAll(buildEntry);

/** Asks again until the state of the app is as expected. */
const eventually = <T>(check: () => Promise<T>) => vi.waitFor(check, { timeout: 10_000, interval: 50 });

describe('the desktop app', () => {
  let app: DesktopApp;

  beforeEach(async () => {
    app = await DesktopApp.launch();
  });
  afterEach(() => app[Symbol.asyncDispose]());

  it('opens a window that holds the page and nothing of Node.js', async () => {
    const page = await app.page();
    await page.getByRole('heading', { name: 'One node is not ready' }).waitFor();
    const { windows, sandboxed, guards } = await app.state();
    expect(sandboxed).toBe(true);
    expect(guards).toEqual({ request: true, check: true, device: true });
    expect(windows).toMatchObject([
      {
        visible: true,
        bounds: { width: 1280, height: 800 },
        options: {
          show: false,
          minWidth: 900,
          minHeight: 600,
          backgroundColor: '#f3f6f9',
          webPreferences: {
            contextIsolation: true,
            sandbox: true,
            nodeIntegration: false,
            nodeIntegrationInWorker: false,
            nodeIntegrationInSubFrames: false,
            webSecurity: true,
            webviewTag: false,
            allowRunningInsecureContent: false,
            experimentalFeatures: false,
          },
        },
      },
    ]);
    const seen = await page.evaluate(() => ({
      node: ['require', 'process', 'module', 'Buffer', 'ipcRenderer', 'standinSend', 'standinReceive'].filter(
        (name) => name in window,
      ),
      bridge: Object.keys(window.pilothouse!),
      frozen: Object.isFrozen(window.pilothouse),
      replaced: (() => {
        try {
          Object.assign(window, { pilothouse: {} });
          return true;
        } catch {
          return false;
        }
      })(),
    }));
    expect(seen).toEqual({ node: [], bridge: ['post', 'listen'], frozen: true, replaced: false });
    await shot(page, 'electron.en.light');
  });

  it('lets nothing run or be reached that is not the page’s own', async () => {
    const page = await app.page();
    await page.getByRole('heading', { name: 'One node is not ready' }).waitFor();
    const outcome = await page.evaluate(async () => {
      const tries = (url: string) =>
        fetch(url).then(
          () => 'reached',
          () => 'refused',
        );
      let inline = 'ran';
      try {
        const script = document.createElement('script');
        script.textContent = 'document.title = "broken in"';
        document.body.append(script);
      } catch {
        inline = 'refused';
      }
      const frame = document.createElement('iframe');
      frame.src = 'https://example.com/';
      document.body.append(frame);
      return {
        inline,
        title: document.title,
        file: await tries('file:///etc/hosts'),
        network: await tries('http://127.0.0.1:9/'),
        own: (await fetch('./index.html')).headers.get('content-security-policy')?.includes("default-src 'none'"),
      };
    });
    expect(outcome).toEqual({ inline: 'refused', title: 'Pilothouse', file: 'refused', network: 'refused', own: true });
  });

  it('gives the page the clipboard to write to, and no other permission', async () => {
    const page = await app.page();
    await page.getByRole('button', { name: 'Connect kubectl' }).click();
    await page.getByRole('dialog').getByText('current-context').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Copy' }).click();
    await page.getByText('Copied').waitFor();
    const states = await page.evaluate(async () => {
      const names = ['geolocation', 'notifications', 'camera', 'clipboard-read'] as PermissionName[];
      return Promise.all(names.map(async (name) => (await navigator.permissions.query({ name })).state));
    });
    expect(states).not.toContain('granted');
  });

  it('stays on its page, and opens only addresses of this computer and its nodes', async () => {
    const page = await app.page();
    await page
      .getByRole('navigation')
      .getByRole('link', { name: /Workloads/ })
      .click();
    const link = page.getByRole('link', { name: /10\.97\.0\.11:30080/ });
    await link.click();
    await eventually(async () => expect((await app.state()).opened).toEqual(['http://10.97.0.11:30080/']));
    const says = (words: string) => eventually(async () => expect(app.output).toContain(words));
    await page.evaluate(() => void window.open('https://example.com/'));
    await says('a link was not opened url="https://example.com/"');
    // One after the other: a page that leaves takes what it was about to open along.
    await page.evaluate(() => void (location.href = 'https://example.com/'));
    await says('the page was kept from leaving url="https://example.com/"');
    expect(page.url().startsWith(PAGE)).toBe(true);
    expect((await app.state()).opened).toHaveLength(1);
    expect((await app.state()).windows).toHaveLength(1);
  });

  it('speaks the contract over IPC: calls, streams, and errors', async () => {
    const page = await app.page();
    await page
      .getByRole('navigation')
      .getByRole('link', { name: /Workloads/ })
      .click();
    const row = page.getByRole('row', { name: /web/ });
    await row.getByRole('button', { name: 'One more replica of web' }).click();
    await row.getByRole('img', { name: '3 of 4 ready' }).waitFor();
    await page.getByRole('button', { name: 'Deploy app' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Deploy' }).click();
    await page.getByText('There is already something of this name.').waitFor();
  });

  it('starts over with the page: what the page before had opened is closed', async () => {
    const page = await app.page();
    await page.getByRole('heading', { name: 'One node is not ready' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'One node is not ready' }).waitFor();
    await page.getByRole('navigation').getByRole('link', { name: /Pods/ }).click();
    await page.getByRole('row', { name: /web-4kx2p/ }).waitFor();
  });

  it('lives on in the tray without its window, and is opened again from there', async () => {
    await (await app.page()).getByRole('heading', { name: 'One node is not ready' }).waitFor();
    await app.ask({ do: 'move-window', x: 50, y: 60, width: 1100, height: 700 });
    await app.closeWindow();
    expect((await app.state()).windows).toEqual([]);
    expect((await app.state()).tray).toEqual({ toolTip: 'Pilothouse', labels: ['Open Pilothouse', 'Quit Pilothouse'] });
    await app.ask({ do: 'click-tray-menu', label: 'Open Pilothouse' });
    await (await app.page()).getByRole('heading', { name: 'One node is not ready' }).waitFor();
    expect((await app.state()).windows).toMatchObject([{ bounds: { x: 50, y: 60, width: 1100, height: 700 } }]);
    await app.closeWindow();
    await app.ask({ do: 'click-tray' });
    await eventually(async () => expect((await app.state()).windows).toHaveLength(1));
  });

  it('asks once before it quits, and ends with exit code 0', async () => {
    await (await app.page()).getByRole('heading', { name: 'One node is not ready' }).waitFor();
    await app.ask({ do: 'prepare-answer', button: 1 });
    await app.ask({ do: 'quit' });
    await eventually(async () => expect((await app.state()).asked).toHaveLength(1));
    expect((await app.state()).asked).toMatchObject([
      { message: 'Quit Pilothouse?', buttons: ['Quit Pilothouse', 'Cancel'], cancelId: 1 },
    ]);
    expect((await app.state()).windows).toHaveLength(1);
    await app.ask({ do: 'prepare-answer', button: 0 });
    await app.ask({ do: 'click-tray-menu', label: 'Quit Pilothouse' });
    expect(await app.ended()).toBe(0);
    expect(app.output).toContain('closed the inside');
  });

  it('ends without asking when it is told to by a signal', async () => {
    await (await app.page()).getByRole('heading', { name: 'One node is not ready' }).waitFor();
    app.kill('SIGTERM');
    expect(await app.ended()).toBe(0);
    expect(app.output).toContain('closed the inside');
  });

  it('shows the window that is there when it is started a second time', async () => {
    await (await app.page()).getByRole('heading', { name: 'One node is not ready' }).waitFor();
    await app.closeWindow();
    await using second = await DesktopApp.launch({ home: app.home });
    expect(await second.ended()).toBe(0);
    await eventually(async () => expect((await app.state()).windows).toHaveLength(1));
  });

  it('wears the theme and speaks the language that are chosen in it', async () => {
    const page = await app.page();
    await page.getByRole('button', { name: 'Theme' }).click();
    await page.getByRole('menuitemcheckbox', { name: 'Dark' }).click();
    await eventually(async () => {
      const { themeSource, windows } = await app.state();
      expect({ themeSource, colour: windows[0]!.backgroundColor }).toEqual({ themeSource: 'dark', colour: '#0c1218' });
    });
    await page.getByRole('button', { name: 'Language' }).click();
    await page.getByRole('menuitemcheckbox', { name: '简体中文' }).click();
    await eventually(async () =>
      expect((await app.state()).tray?.labels).toEqual(['打开 Pilothouse', '退出 Pilothouse']),
    );
  });

  it('follows the system’s theme until one is chosen', async () => {
    const page = await app.page();
    await page.getByRole('heading', { name: 'One node is not ready' }).waitFor();
    await app.ask({ do: 'system-theme', dark: true });
    await page.waitForFunction(() => getComputedStyle(document.body).backgroundColor === 'rgb(12, 18, 24)');
    expect((await app.state()).windows[0]!.backgroundColor).toBe('#0c1218');
  });

  it('hears when the computer sleeps and wakes', async () => {
    await (await app.page()).getByRole('heading', { name: 'One node is not ready' }).waitFor();
    await app.ask({ do: 'power', event: 'suspend' });
    await app.ask({ do: 'power', event: 'resume' });
    await eventually(async () => {
      expect(app.output).toMatch(/INFO suspend\n.*INFO resume\n/);
    });
  });
});

describe('the app as it is built', () => {
  let home: string;

  beforeAll(async () => {
    home = await mkdtemp(path.join(tmpdir(), 'pilothouse-real-'));
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  it('opens on the first run, in the language of the system, and quits', async () => {
    await using app = await DesktopApp.launch({ real: true, home, environment: { STANDIN_LANGUAGES: 'zh-Hans-CN' } });
    const page = await app.page();
    await page.getByRole('heading', { name: '欢迎使用 Pilothouse' }).waitFor();
    const { version } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8')) as { version: string };
    await page.getByText(`Pilothouse ${version}`).waitFor();
    await shot(page, 'electron-real.zh-CN.light');
    await app.ask({ do: 'quit' });
    expect(await app.ended()).toBe(0);
  });

  it('says why when its home is taken', async () => {
    await using first = await DesktopApp.launch({ real: true, home });
    await (await first.page()).getByRole('heading', { name: 'Welcome to Pilothouse' }).waitFor();
    // Another profile of Electron: it is the home that is taken, not the lock of the window.
    await using second = await DesktopApp.launch({
      real: true,
      home,
      environment: { STANDIN_USER_DATA: path.join(home, 'other') },
    });
    expect(await second.ended()).toBe(1);
    expect(second.output).toContain('home-in-use');
  });
});
