import { EventEmitter } from 'node:events';
import type { BrowserContext } from 'playwright-core';
import { strict } from './strict.ts';

type PermissionCheck = (contents: unknown, permission: string, origin: string, details: unknown) => boolean;
type BeforeRequest = (details: { url: string }, answer: (response: { cancel?: boolean }) => void) => void;

/** Electron's names of permissions, and Chromium's. */
const PERMISSIONS: Readonly<Record<string, string>> = {
  'clipboard-sanitized-write': 'clipboard-write',
  'clipboard-read': 'clipboard-read',
  geolocation: 'geolocation',
  notifications: 'notifications',
};

/** `session.defaultSession`: what pages may do. */
export class Session extends EventEmitter {
  #check: PermissionCheck = () => true;
  #beforeRequest: BeforeRequest = (_details, answer) => answer({});
  readonly set = { request: false, check: false, device: false };

  readonly webRequest = strict('session.webRequest', {
    onBeforeRequest: (listener: BeforeRequest): void => void (this.#beforeRequest = listener),
  });

  setPermissionRequestHandler(_handler: unknown): void {
    this.set.request = true;
  }

  setPermissionCheckHandler(handler: PermissionCheck): void {
    this.set.check = true;
    this.#check = handler;
  }

  setDevicePermissionHandler(_handler: unknown): void {
    this.set.device = true;
  }

  /** Whether the app lets a request pass. */
  passes(url: string): Promise<boolean> {
    return new Promise((resolve) => this.#beforeRequest({ url }, ({ cancel = false }) => resolve(!cancel)));
  }

  /** Gives an origin the permissions that the app allows it. */
  async grant(context: BrowserContext, appOrigin: string, browserOrigin: string): Promise<void> {
    const granted = Object.entries(PERMISSIONS).filter(([name]) => this.#check(null, name, appOrigin, {}));
    await context.grantPermissions(
      granted.map(([, name]) => name),
      { origin: browserOrigin },
    );
  }
}
