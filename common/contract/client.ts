import type { z } from 'zod';
import { AppError } from '#common/base/app-error.ts';
import type { Clock } from '#common/base/clock.ts';
import type { Random } from '#common/base/random.ts';
import { Backoff } from '#common/client/backoff.ts';
import { contract, type Contract } from '#common/contract/contract.ts';
import type { ArgsOf, CallName, EventOf, ResultOf, StreamName } from '#common/contract/define.ts';
import { responseFrameSchema, type RequestFrame, type ResponseFrame, type Transport } from '#common/contract/frames.ts';

export interface StreamListener<Event> {
  event(event: Event): void;
  /** Told before the events of a stream that was opened anew: the first of them is the whole state again. */
  reopened?(): void;
  /** The handler came to its end. */
  ended?(): void;
  failed(error: AppError): void;
}

interface PendingCall {
  readonly name: CallName<Contract>;
  readonly frame: RequestFrame;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: AppError) => void;
}

interface OpenStream {
  readonly name: StreamName<Contract>;
  readonly args: unknown;
  readonly listener: StreamListener<unknown>;
  readonly backoff: Backoff;
  retry?: Disposable;
}

/**
 * The contract as its caller sees it: typed calls and streams over any transport. Streams outlive the
 * connection: they are opened again with the next one. Calls do not, for nobody knows whether they
 * were carried out: they fail with `connection-lost`.
 */
export class ContractClient {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #calls = new Map<number, PendingCall>();
  readonly #streams = new Map<number, OpenStream>();
  readonly #watchers = new Set<(connected: boolean) => void>();
  #state: 'connecting' | 'connected' | 'lost' = 'connecting';
  #lastId = 0;

  constructor(transport: Transport, clock: Clock, random: Random) {
    this.#transport = transport;
    this.#clock = clock;
    this.#random = random;
  }

  /** Begins to listen. Calls and streams asked for before then, or before the first connection, wait for it. */
  start(): void {
    this.#transport.listen({
      frame: (text) => this.#receive(text),
      connected: () => this.#connected(),
      lost: () => this.#lost(),
    });
  }

  call<N extends CallName<Contract>>(name: N, args: ArgsOf<Contract[N]>): Promise<ResultOf<Contract[N]>> {
    return new Promise<unknown>((resolve, reject) => {
      if (this.#state === 'lost') {
        reject(new AppError('connection-lost'));
        return;
      }
      const id = ++this.#lastId;
      const frame: RequestFrame = { type: 'call', id, name, args };
      this.#calls.set(id, { name, frame, resolve, reject });
      if (this.#state === 'connected') this.#transport.send(frame);
    }) as Promise<ResultOf<Contract[N]>>;
  }

  /** Subscribes until the result is disposed of, the handler ends or it fails. */
  open<N extends StreamName<Contract>>(
    name: N,
    args: ArgsOf<Contract[N]>,
    listener: StreamListener<EventOf<Contract[N]>>,
  ): Disposable {
    const backoff = new Backoff({ firstMs: 250, maximumMs: 5_000 }, this.#random);
    const stream: OpenStream = { name, args, listener: listener, backoff };
    this.#openNow(stream);
    return {
      [Symbol.dispose]: () => {
        stream.retry?.[Symbol.dispose]();
        for (const [id, open] of this.#streams) {
          if (open !== stream) continue;
          this.#streams.delete(id);
          if (this.#state === 'connected') this.#transport.send({ type: 'close', id });
        }
      },
    };
  }

  /** Tells when the connection is lost and when it is back. */
  watchConnection(watcher: (connected: boolean) => void): Disposable {
    this.#watchers.add(watcher);
    return { [Symbol.dispose]: () => void this.#watchers.delete(watcher) };
  }

  #openNow(stream: OpenStream): void {
    const id = ++this.#lastId;
    this.#streams.set(id, stream);
    if (this.#state === 'connected') this.#transport.send(openFrame(id, stream));
  }

  #connected(): void {
    const again = this.#state === 'lost';
    this.#state = 'connected';
    for (const { frame } of this.#calls.values()) this.#transport.send(frame);
    for (const [id, stream] of this.#streams) {
      if (again) stream.listener.reopened?.();
      this.#transport.send(openFrame(id, stream));
    }
    for (const watcher of this.#watchers) watcher(true);
  }

  #lost(): void {
    this.#state = 'lost';
    for (const call of this.#calls.values()) call.reject(new AppError('connection-lost'));
    this.#calls.clear();
    for (const watcher of this.#watchers) watcher(false);
  }

  #receive(text: string): void {
    const frame = responseFrameSchema.parse(JSON.parse(text));
    const call = this.#calls.get(frame.id);
    const stream = this.#streams.get(frame.id);
    if (call) this.#settle(frame, call);
    else if (stream) this.#deliver(frame, stream);
    // Neither: a frame that crossed our `close` on its way.
  }

  #settle(frame: ResponseFrame, call: PendingCall): void {
    this.#calls.delete(frame.id);
    if (frame.type === 'error') call.reject(AppError.fromShape(frame.error));
    else if (frame.type === 'result') {
      const parsed = contract[call.name].result.safeParse(frame.value);
      if (parsed.success) call.resolve(parsed.data);
      else call.reject(unreadable(call.name, parsed.error));
    } else call.reject(new AppError('internal', { params: { message: `${call.name} was answered as a stream` } }));
  }

  #deliver(frame: ResponseFrame, stream: OpenStream): void {
    switch (frame.type) {
      case 'event': {
        const parsed = contract[stream.name].event.safeParse(frame.value);
        if (!parsed.success) {
          this.#fail(frame.id, stream, unreadable(stream.name, parsed.error));
          return;
        }
        stream.backoff.reset();
        stream.listener.event(parsed.data);
        return;
      }
      case 'end':
        this.#streams.delete(frame.id);
        stream.listener.ended?.();
        return;
      case 'error':
        if (frame.error.code === 'events-missed') this.#reopen(frame.id, stream);
        else this.#fail(frame.id, stream, AppError.fromShape(frame.error));
        return;
      case 'result':
        this.#fail(
          frame.id,
          stream,
          new AppError('internal', { params: { message: `${stream.name} was answered as a call` } }),
        );
    }
  }

  #fail(id: number, stream: OpenStream, error: AppError): void {
    this.#streams.delete(id);
    this.#transport.send({ type: 'close', id });
    stream.listener.failed(error);
  }

  // The window did not keep up. Its next look at the state waits a little, longer each time in a row.
  #reopen(id: number, stream: OpenStream): void {
    this.#streams.delete(id);
    stream.retry = this.#clock.after(stream.backoff.nextMs(), () => {
      stream.listener.reopened?.();
      this.#openNow(stream);
    });
  }
}

function openFrame(id: number, stream: OpenStream): RequestFrame {
  return { type: 'open', id, name: stream.name, args: stream.args };
}

function unreadable(name: string, error: z.ZodError): AppError {
  const issue = error.issues[0];
  const where = issue ? ` at ${issue.path.join('.')}: ${issue.message}` : '';
  return new AppError('internal', { params: { message: `${name} sent what the contract does not know${where}` } });
}
