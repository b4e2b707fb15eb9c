import type { z } from 'zod';
import { AppError } from '#common/base/app-error.ts';
import { contract, type Contract, type WindowHandlers } from '#common/contract/contract.ts';

/** One entry of the contract with its handler, for arguments as they came from a window. */
export type Endpoint =
  | { readonly kind: 'call'; run(args: unknown, signal: AbortSignal): Promise<unknown> }
  | { readonly kind: 'stream'; run(args: unknown, emit: (value: unknown) => void, signal: AbortSignal): Promise<void> }
  | { readonly kind: 'raw'; run(args: unknown, emit: (json: Uint8Array) => void, signal: AbortSignal): Promise<void> };

type Answer = (args: unknown, signal: AbortSignal) => Promise<unknown>;
type Subscribe = (args: unknown, emit: (value: unknown) => void, signal: AbortSignal) => Promise<void>;
type SubscribeRaw = (args: unknown, emit: (json: Uint8Array) => void, signal: AbortSignal) => Promise<void>;

/** The handler table by name. Every handler gets arguments that its entry's schema has accepted. */
export function endpointsOf(handlers: WindowHandlers): ReadonlyMap<string, Endpoint> {
  const names = Object.keys(contract) as (keyof Contract)[];
  return new Map(names.map((name) => [name, endpointOf(name, handlers[name])]));
}

// A handler's type belongs to its name, which the checker cannot follow through a variable:
// the arguments are what the schema of the same name made of them.
function endpointOf(name: keyof Contract, handler: WindowHandlers[keyof Contract]): Endpoint {
  const entry = contract[name];
  if (entry.kind === 'call') {
    const answer = handler as Answer;
    return { kind: 'call', run: async (args, signal) => answer(accept(entry.args, args), signal) };
  }
  if (typeof handler === 'object') {
    const subscribe = handler.raw as SubscribeRaw;
    return { kind: 'raw', run: async (args, emit, signal) => subscribe(accept(entry.args, args), emit, signal) };
  }
  const subscribe = handler as Subscribe;
  return { kind: 'stream', run: async (args, emit, signal) => subscribe(accept(entry.args, args), emit, signal) };
}

function accept(schema: z.ZodType, args: unknown): unknown {
  const parsed = schema.safeParse(args);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new AppError('input-invalid', {
    params: { field: issue?.path.join('.') ?? '', reason: issue?.message ?? '' },
    cause: parsed.error,
  });
}
