import type { z } from 'zod';

/** A question with one answer. */
export interface Call<Args extends z.ZodType = z.ZodType, Result extends z.ZodType = z.ZodType> {
  readonly kind: 'call';
  readonly args: Args;
  readonly result: Result;
}

/** A subscription: events from now until either side ends it. The first event is the current state. */
export interface Stream<Args extends z.ZodType = z.ZodType, Event extends z.ZodType = z.ZodType> {
  readonly kind: 'stream';
  readonly args: Args;
  readonly event: Event;
}

export function call<Args extends z.ZodType, Result extends z.ZodType>(args: Args, result: Result): Call<Args, Result> {
  return { kind: 'call', args, result };
}

export function stream<Args extends z.ZodType, Event extends z.ZodType>(args: Args, event: Event): Stream<Args, Event> {
  return { kind: 'stream', args, event };
}

export type ContractShape = Readonly<Record<string, Call | Stream>>;

export type CallName<C extends ContractShape> = {
  [Name in keyof C]: C[Name] extends Call ? Name : never;
}[keyof C] &
  string;

export type StreamName<C extends ContractShape> = {
  [Name in keyof C]: C[Name] extends Stream ? Name : never;
}[keyof C] &
  string;

/** What a caller passes, before defaults are filled in. */
export type ArgsOf<Entry extends Call | Stream> = z.input<Entry['args']>;
/** What a handler receives. */
export type ParsedArgsOf<Entry extends Call | Stream> = z.output<Entry['args']>;
export type ResultOf<Entry extends Call | Stream> =
  Entry extends Call<z.ZodType, infer Result> ? z.output<Result> : never;
export type EventOf<Entry extends Call | Stream> =
  Entry extends Stream<z.ZodType, infer Event> ? z.output<Event> : never;

/** One function per entry of the contract: the single table behind every transport. */
export type Handlers<C extends ContractShape> = {
  readonly [Name in keyof C]: C[Name] extends Call
    ? (args: ParsedArgsOf<C[Name]>, signal: AbortSignal) => Promise<ResultOf<C[Name]>>
    : C[Name] extends Stream
      ? (args: ParsedArgsOf<C[Name]>, emit: (event: EventOf<C[Name]>) => void, signal: AbortSignal) => Promise<void>
      : never;
};

/**
 * A stream whose events are JSON already, as a master's thread sends them: a door forwards the bytes
 * unparsed. `emit` is given the JSON text of one event in UTF-8.
 */
export interface RawStream<Args> {
  readonly raw: (args: Args, emit: (json: Uint8Array) => void, signal: AbortSignal) => Promise<void>;
}

/** What a door accepts: `Handlers`, where any stream may be answered in ready-made JSON. */
export type DoorHandlers<C extends ContractShape> = {
  readonly [Name in keyof C]: C[Name] extends Stream
    ? Handlers<C>[Name] | RawStream<ParsedArgsOf<C[Name]>>
    : Handlers<C>[Name];
};
