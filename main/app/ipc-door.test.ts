import { EventEmitter } from 'node:events';
import type { IpcMain } from 'electron';
import { beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '#common/base/log.ts';
import { responseFrameSchema, type ResponseFrame } from '#common/contract/frames.ts';
import { handlersWith } from '../../test/standins/handlers.ts';
import { MAX_FRAME_BYTES, MAX_UNREAD_BYTES } from '../doors/limits.ts';
import { channels } from './channels.ts';
import { IpcDoor } from './ipc-door.ts';

class Contents extends EventEmitter {
  readonly received: ResponseFrame[] = [];
  characters = 0;

  isDestroyed(): boolean {
    return false;
  }

  send(channel: string, text: string): void {
    expect(channel).toBe(channels.frame);
    this.characters += text.length;
    this.received.push(responseFrameSchema.parse(JSON.parse(text)));
  }
}

const ourFrame = { url: 'app://pilothouse/#/new', parent: null };
const settled = () => new Promise((resolve) => setImmediate(resolve));

let ipcMain: EventEmitter;
let contents: Contents;
let changes: unknown[];
let aborted: number;
let emit: (theme: 'light' | 'dark') => void;
let door: IpcDoor;

beforeEach(() => {
  ipcMain = new EventEmitter();
  contents = new Contents();
  changes = [];
  aborted = 0;
  const handlers = handlersWith({
    'app.setPreferences': async (change) => {
      changes.push(change);
      return null;
    },
    'app.preferences': async (_args, tell, signal) => {
      emit = (theme) => tell({ language: 'en', theme });
      emit('light');
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      aborted++;
    },
  });
  door = new IpcDoor(handlers, silentLog);
  door.listen(ipcMain as unknown as IpcMain);
});

const message = (channel: string, value: unknown, senderFrame: unknown = ourFrame) =>
  ipcMain.emit(channel, { sender: contents, senderFrame }, value);
const change = JSON.stringify({ type: 'call', id: 1, name: 'app.setPreferences', args: { theme: 'dark' } });
const watch = JSON.stringify({ type: 'open', id: 2, name: 'app.preferences', args: {} });

it('answers the page', async () => {
  message(channels.frame, change);
  await settled();
  expect(changes).toEqual([{ theme: 'dark' }]);
  expect(contents.received).toEqual([{ type: 'result', id: 1, value: null }]);
});

describe('a message is refused', () => {
  it.each([
    ['of a frame that is gone', null],
    ['of another page', { url: 'https://example.com/', parent: null }],
    ['of a page that looks alike', { url: 'app://pilothouse.example/', parent: null }],
    ['of a frame within the page', { url: 'app://pilothouse/', parent: ourFrame }],
  ])('%s', async (_what, frame) => {
    message(channels.frame, change, frame);
    await settled();
    expect(changes).toEqual([]);
    expect(contents.received).toEqual([]);
  });

  it.each([
    ['that is no text', { type: 'call' }],
    ['that is too long', JSON.stringify({ pad: 'x'.repeat(MAX_FRAME_BYTES) })],
    ['that is no frame', 'hello'],
  ])('%s', async (_what, value) => {
    message(channels.frame, value);
    await settled();
    expect(changes).toEqual([]);
    expect(contents.received).toEqual([]);
  });
});

describe('what a page has opened', () => {
  it.each([
    ['it is loaded anew', 'did-start-navigation', { isMainFrame: true, isSameDocument: false }],
    ['it crashes', 'render-process-gone', {}],
    ['its window is closed', 'destroyed', {}],
  ])('ends when %s', async (_why, name, details) => {
    message(channels.frame, watch);
    await settled();
    contents.emit(name, details);
    await settled();
    expect(aborted).toBe(1);
    emit('dark');
    expect(contents.received).toHaveLength(1);
  });

  it('goes on when the page only moves within itself', async () => {
    message(channels.frame, watch);
    await settled();
    contents.emit('did-start-navigation', { isMainFrame: true, isSameDocument: true });
    await settled();
    expect(aborted).toBe(0);
    await door.close();
    expect(aborted).toBe(1);
  });
});

it('ends streams of a page that takes nothing, until it has caught up', async () => {
  message(channels.frame, watch);
  await settled();
  while (contents.characters <= MAX_UNREAD_BYTES && contents.received.at(-1)?.type === 'event') {
    for (let times = 0; times < 10_000; times++) emit('dark');
  }
  expect(contents.received.at(-1)).toMatchObject({ type: 'error', error: { code: 'events-missed' } });
  expect(contents.characters).toBeLessThan(MAX_UNREAD_BYTES + 1_000);
  message(channels.taken, contents.characters);
  message(channels.frame, watch);
  await settled();
  expect(contents.received.at(-1)).toMatchObject({ type: 'event' });
  await door.close();
});
