import type { Request as BrowserRequest, Route } from 'playwright-core';
import { toAppUrl } from './schemes.ts';

export type ProtocolHandler = (request: Request) => Response | Promise<Response>;

/** `protocol`: schemes of the app's own. */
export class Protocol {
  readonly schemes = new Set<string>();
  readonly #isReady: () => boolean;
  readonly #handlers = new Map<string, ProtocolHandler>();

  constructor(isReady: () => boolean) {
    this.#isReady = isReady;
  }

  registerSchemesAsPrivileged(schemes: readonly { scheme: string; privileges?: Record<string, boolean> }[]): void {
    if (this.#isReady()) throw new Error('protocol.registerSchemesAsPrivileged should be called before app is ready');
    for (const { scheme, privileges } of schemes) {
      if (!privileges?.['standard'] || !privileges['secure']) {
        throw new Error('The Electron stand-in implements standard and secure schemes only');
      }
      this.schemes.add(scheme);
    }
  }

  handle(scheme: string, handler: ProtocolHandler): void {
    if (!this.schemes.has(scheme)) throw new Error(`The Electron stand-in was not told of the scheme ${scheme}`);
    this.#handlers.set(scheme, handler);
  }

  /** Answers a request under one of the schemes. False when it is under none. */
  async answer(route: Route, request: BrowserRequest): Promise<boolean> {
    const url = toAppUrl(request.url());
    const handler = this.#handlers.get(new URL(url).protocol.slice(0, -1));
    if (!handler) return false;
    const response = await handler(new Request(url, { method: request.method() }));
    const headers = Object.fromEntries(response.headers);
    await route.fulfill({ status: response.status, headers, body: Buffer.from(await response.arrayBuffer()) });
    return true;
  }
}
