import { EventEmitter } from 'node:events';
import type { WebContents } from 'electron';
import { beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '#common/base/log.ts';
import { guardNavigation } from './navigation.ts';

type OpenHandler = Parameters<WebContents['setWindowOpenHandler']>[0];

class Contents extends EventEmitter {
  openHandler: OpenHandler | undefined;

  setWindowOpenHandler(handler: OpenHandler): void {
    this.openHandler = handler;
  }

  /** Whether an attempt of this kind was prevented. */
  attempt(name: string, url: string): boolean {
    let prevented = false;
    this.emit(name, { url, preventDefault: () => (prevented = true) });
    return prevented;
  }
}

let contents: Contents;
let opened: string[];

beforeEach(() => {
  contents = new Contents();
  opened = [];
  guardNavigation(contents as unknown as WebContents, (url) => opened.push(url), silentLog);
});

describe.each(['will-navigate', 'will-frame-navigate', 'will-redirect'])('%s', (name) => {
  it('may lead to the page itself', () => {
    expect(contents.attempt(name, 'app://pilothouse/')).toBe(false);
  });

  it.each(['https://example.com/', 'file:///etc/passwd', 'app://pilothouse.example/', 'data:text/html,x'])(
    'may not lead to %s',
    (url) => {
      expect(contents.attempt(name, url)).toBe(true);
    },
  );
});

it('lets no web view in', () => {
  expect(contents.attempt('will-attach-webview', 'app://pilothouse/')).toBe(true);
});

it('opens no window, and hands the address over', () => {
  const details = { url: 'http://127.0.0.1:30080/' } as Parameters<OpenHandler>[0];
  expect(contents.openHandler!(details)).toEqual({ action: 'deny' });
  expect(opened).toEqual(['http://127.0.0.1:30080/']);
});
