import { expect, it } from 'vitest';
import { forgive, newPage, open, serve, shot } from './browser.ts';
import { busyCluster } from './world/samples.ts';
import { World } from './world/world.ts';

const KEY = new Uint8Array(32).fill(9);

it('comes back by itself after the server restarted, and shows what is new', async () => {
  const world = new World();
  const id = world.addCluster('local', busyCluster());
  const first = await serve(world, 0, KEY);
  const page = await newPage();
  await page.goto(first.newUrl());
  await page.getByRole('heading', { name: 'One node is not ready' }).waitFor();
  await first.close();
  await page.getByText('The connection to Pilothouse is lost. Reconnecting…').waitFor();
  expect(await page.locator('main').evaluate((main) => main.closest('[inert]') !== null)).toBe(true);
  await shot(page, 'not-connected.en.light');
  world.data(id).update((data) => ({ ...data, nodes: data.nodes.slice(0, 2), pods: [], workloads: [] }));
  await serve(world, first.port, KEY);
  await page.getByRole('heading', { name: 'Everything is running' }).waitFor();
  expect(await page.getByText('Reconnecting').count()).toBe(0);
  expect(await page.locator('main').evaluate((main) => main.closest('[inert]'))).toBeNull();
  forgive(/ERR_CONNECTION_REFUSED|WebSocket connection/);
});

it('says how to get a new session when the server has forgotten this one', async () => {
  const world = new World();
  world.addCluster('local', busyCluster());
  const first = await serve(world);
  const page = await newPage();
  await page.goto(first.newUrl());
  await page.getByRole('heading', { name: 'One node is not ready' }).waitFor();
  await first.close();
  await serve(world, first.port);
  await page.getByRole('heading', { name: 'Open Pilothouse with its link' }).waitFor();
  await shot(page, 'no-session');
  forgive(/ERR_CONNECTION_REFUSED|WebSocket connection|401/);
});

it('explains a link that was used already, in both languages', async () => {
  const server = await serve(new World());
  const url = server.newUrl();
  const page = await newPage();
  await page.goto(url);
  await page.getByRole('heading', { name: 'Welcome to Pilothouse' }).waitFor();
  const other = await newPage({ theme: 'dark' });
  await other.goto(url);
  await other.getByRole('heading', { name: 'This link was already used' }).waitFor();
  await other.getByRole('heading', { name: '此链接已被使用' }).waitFor();
  await shot(other, 'link-used');
  forgive(/403/);
});

it('keeps language and theme, and has them right before it is connected', async () => {
  const world = new World();
  const { page } = await open(world);
  await page.getByRole('button', { name: 'Language' }).click();
  await page.getByRole('menuitemcheckbox', { name: '简体中文' }).click();
  await page.getByRole('heading', { name: '欢迎使用 Pilothouse' }).waitFor();
  await page.getByRole('button', { name: '主题' }).click();
  await page.getByRole('menuitemcheckbox', { name: '深色' }).click();
  await page.locator('html[data-theme=dark]').waitFor();
  expect(world.preferences.value).toEqual({ language: 'zh-CN', theme: 'dark' });

  world.hold('clusters.watch');
  await page.reload();
  await page.getByText('正在打开 Pilothouse…').waitFor();
  expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
  expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(12, 18, 24)');
});

it('takes the language of the system until one is chosen', async () => {
  const { page } = await open(new World(), { locale: 'zh-CN' });
  await page.getByRole('heading', { name: '欢迎使用 Pilothouse' }).waitFor();
  await page.getByRole('button', { name: '语言' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'English' }).click();
  await page.getByRole('heading', { name: 'Welcome to Pilothouse' }).waitFor();
});

it('obeys its policy: nothing inline runs, and nothing else is reached', async () => {
  const { page } = await open(new World());
  await page.getByRole('heading', { name: 'Welcome to Pilothouse' }).waitFor();
  const outcome = await page.evaluate(async () => {
    const script = document.createElement('script');
    let refused = '';
    try {
      script.textContent = 'document.title = "broken in"';
      document.body.append(script);
    } catch (error) {
      refused = String(error);
    }
    const elsewhere = await fetch('http://127.0.0.1:9/').then(
      () => 'reached',
      () => 'refused',
    );
    return { title: document.title, refused, elsewhere };
  });
  expect(outcome).toMatchObject({ title: 'Pilothouse', elsewhere: 'refused' });
  expect(outcome.refused).toContain('TrustedScript');
  forgive(/TrustedScript|Content Security Policy|Fetch API cannot load/);
});
