import { EventEmitter } from 'node:events';
import type { Session } from 'electron';
import { beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '#common/base/log.ts';
import { guardSession } from './session-guards.ts';

type RequestHandler = NonNullable<Parameters<Session['setPermissionRequestHandler']>[0]>;
type CheckHandler = NonNullable<Parameters<Session['setPermissionCheckHandler']>[0]>;
type DeviceHandler = NonNullable<Parameters<Session['setDevicePermissionHandler']>[0]>;
type RequestListener = (details: { url: string }, answer: (response: { cancel?: boolean }) => void) => void;

class GuardedSession extends EventEmitter {
  request: RequestHandler | undefined;
  check: CheckHandler | undefined;
  device: DeviceHandler | undefined;
  beforeRequest: RequestListener | undefined;
  readonly webRequest = { onBeforeRequest: (listener: RequestListener) => (this.beforeRequest = listener) };

  setPermissionRequestHandler(handler: RequestHandler): void {
    this.request = handler;
  }

  setPermissionCheckHandler(handler: CheckHandler): void {
    this.check = handler;
  }

  setDevicePermissionHandler(handler: DeviceHandler): void {
    this.device = handler;
  }
}

let session: GuardedSession;

beforeEach(() => {
  session = new GuardedSession();
  guardSession(session as unknown as Session, silentLog);
});

function asked(permission: string, requestingUrl: string): boolean {
  let granted: boolean | undefined;
  const details = { requestingUrl, isMainFrame: true } as Parameters<RequestHandler>[3];
  session.request!(undefined as never, permission as never, (answer) => (granted = answer), details);
  return granted!;
}

const checked = (permission: string, origin: string) =>
  session.check!(null, permission as never, origin, undefined as never);

describe('permissions', () => {
  it('let the page write to the clipboard, and nobody else', () => {
    expect(asked('clipboard-sanitized-write', 'app://pilothouse/')).toBe(true);
    expect(checked('clipboard-sanitized-write', 'app://pilothouse/')).toBe(true);
    expect(asked('clipboard-sanitized-write', 'https://example.com/')).toBe(false);
    expect(checked('clipboard-sanitized-write', 'https://example.com/')).toBe(false);
  });

  it.each(['media', 'geolocation', 'notifications', 'clipboard-read', 'openExternal', 'fullscreen', 'hid', 'usb'])(
    'refuse %s to the page',
    (permission) => {
      expect(asked(permission, 'app://pilothouse/')).toBe(false);
      expect(checked(permission, 'app://pilothouse/')).toBe(false);
    },
  );

  it('refuse every device', () => {
    expect(session.device!({} as Parameters<DeviceHandler>[0])).toBe(false);
  });
});

it('saves nothing that is downloaded', () => {
  let prevented = false;
  session.emit('will-download', { preventDefault: () => (prevented = true) });
  expect(prevented).toBe(true);
});

it.each([
  ['app://pilothouse/assets/index.js', false],
  ['data:image/png;base64,AA', false],
  ['http://127.0.0.1:8080/', true],
  ['https://example.com/', true],
  ['file:///etc/passwd', true],
  ['ws://127.0.0.1/', true],
  ['rubbish', true],
])('a request for %s is cancelled: %s', (url, cancelled) => {
  let cancel: boolean | undefined;
  session.beforeRequest!({ url }, (response) => (cancel = response.cancel));
  expect(cancel).toBe(cancelled);
});
