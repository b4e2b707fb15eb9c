import { AppError } from '#common/base/app-error.ts';
import { describeError, type Log } from '#common/base/log.ts';
import type { WindowHandlers } from '#common/contract/contract.ts';
import { requestFrameSchema, type RequestFrame, type ResponseFrame } from '#common/contract/frames.ts';
import { endpointsOf, type Endpoint } from './endpoint.ts';

/** The far end of a connection: one window. */
export interface Peer {
  /** Sends one response frame: JSON text, as a string or in UTF-8. */
  send(frame: string | Uint8Array): void;
  /** True while the window has not taken what it was sent. */
  congested(): boolean;
}

export interface ConnectionOptions {
  readonly handlers: WindowHandlers;
  readonly peer: Peer;
  readonly log: Log;
}

/** How many calls and streams of one window may be under way together. */
export const MAX_OPEN = 128;

/**
 * One window's conversation with the handler table: request frames in, response frames out. Whatever
 * goes wrong with a request becomes an error frame with its id, so that no caller waits for ever.
 * A stream whose window does not keep up is ended with `events-missed`, never thinned: its events may
 * be deltas, and the window opens it again from the current state.
 */
export class Connection {
  readonly #endpoints: ReadonlyMap<string, Endpoint>;
  readonly #peer: Peer;
  readonly #log: Log;
  readonly #open = new Map<number, AbortController>();
  readonly #running = new Set<Promise<void>>();
  #closed = false;

  constructor(options: ConnectionOptions) {
    this.#endpoints = endpointsOf(options.handlers);
    this.#peer = options.peer;
    this.#log = options.log;
  }

  /** Takes one request frame. False when it is none: whoever sent it does not speak the contract. */
  receive(text: string): boolean {
    if (this.#closed) return true;
    const frame = parseFrame(text);
    if (!frame) return false;
    if (frame.type === 'close') {
      this.#open.get(frame.id)?.abort();
      this.#open.delete(frame.id);
      return true;
    }
    const refused = this.#refusal(frame);
    if (refused) {
      this.#send({ type: 'error', id: frame.id, error: refused.toShape() });
      return true;
    }
    const abort = new AbortController();
    this.#open.set(frame.id, abort);
    const running = this.#answer(frame, abort).finally(() => this.#running.delete(running));
    this.#running.add(running);
    return true;
  }

  /** Aborts everything under way and waits until the handlers have let go. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const abort of this.#open.values()) abort.abort();
    this.#open.clear();
    await Promise.all(this.#running);
  }

  #refusal(frame: RequestFrame & { type: 'call' | 'open' }): AppError | undefined {
    const endpoint = this.#endpoints.get(frame.name);
    const problem =
      !endpoint || (frame.type === 'call') !== (endpoint.kind === 'call')
        ? `there is no ${frame.type === 'call' ? 'call' : 'stream'} ${JSON.stringify(frame.name)}`
        : this.#open.has(frame.id)
          ? `the id ${frame.id} is in use`
          : this.#open.size >= MAX_OPEN
            ? 'too many calls and streams are open'
            : undefined;
    return problem === undefined ? undefined : new AppError('internal', { params: { message: problem } });
  }

  async #answer(frame: RequestFrame & { type: 'call' | 'open' }, abort: AbortController): Promise<void> {
    const endpoint = this.#endpoints.get(frame.name)!;
    const { id, name } = frame;
    // False once the window closed this request, or the connection is gone: then nobody listens.
    const wanted = (): boolean => this.#open.get(id) === abort;
    const finish = (last: ResponseFrame): void => {
      if (!wanted()) return;
      this.#open.delete(id);
      this.#send(last);
    };
    const deliver = (frameOf: () => string | Uint8Array): void => {
      if (!wanted()) return;
      if (!this.#peer.congested()) {
        this.#peer.send(frameOf());
        return;
      }
      this.#log.warn('a window does not keep up: its stream is ended', { stream: name });
      finish({ type: 'error', id, error: new AppError('events-missed').toShape() });
      abort.abort();
    };
    try {
      switch (endpoint.kind) {
        case 'call': {
          const value = await endpoint.run(frame.args, abort.signal);
          finish({ type: 'result', id, value: value ?? null });
          return;
        }
        case 'stream':
          await endpoint.run(
            frame.args,
            (value) => deliver(() => JSON.stringify({ type: 'event', id, value })),
            abort.signal,
          );
          {
            finish({ type: 'end', id });
            return;
          }
        case 'raw':
          await endpoint.run(frame.args, (json) => deliver(() => eventFrame(id, json)), abort.signal);
          {
            finish({ type: 'end', id });
            return;
          }
      }
    } catch (error) {
      const known = AppError.from(error);
      if (known.code === 'internal' && wanted()) this.#log.error(`${name} failed`, { error: describeError(error) });
      finish({ type: 'error', id, error: known.toShape() });
    }
  }

  #send(frame: ResponseFrame): void {
    this.#peer.send(JSON.stringify(frame));
  }
}

const encoder = new TextEncoder();
const EVENT_END = encoder.encode('}');

/** An event frame around JSON that is never parsed here. */
function eventFrame(id: number, json: Uint8Array): Uint8Array {
  return Buffer.concat([encoder.encode(`{"type":"event","id":${id},"value":`), json, EVENT_END]);
}

function parseFrame(text: string): RequestFrame | undefined {
  try {
    return requestFrameSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
