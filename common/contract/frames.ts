import { z } from 'zod';
import { appErrorShape } from '#common/base/app-error.ts';

/** What the window sends. `id` is chosen by the window and names one call or stream of its connection. */
export const requestFrameSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('call'), id: z.number().int(), name: z.string().max(64), args: z.unknown() }),
  z.object({ type: z.literal('open'), id: z.number().int(), name: z.string().max(64), args: z.unknown() }),
  z.object({ type: z.literal('close'), id: z.number().int() }),
]);

/** What the main process answers, as JSON text. */
export const responseFrameSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('result'), id: z.number().int(), value: z.unknown() }),
  z.object({ type: z.literal('event'), id: z.number().int(), value: z.unknown() }),
  z.object({ type: z.literal('end'), id: z.number().int() }),
  z.object({ type: z.literal('error'), id: z.number().int(), error: appErrorShape }),
]);

export type RequestFrame = z.infer<typeof requestFrameSchema>;
export type ResponseFrame = z.infer<typeof responseFrameSchema>;

/**
 * The seam between a window and the main process. Implementations: Electron IPC through the preload
 * script, and WebSocket. Frames arrive in order; when the connection is lost the transport reconnects,
 * and whoever listens is told, so that streams can be opened again.
 */
export interface Transport {
  send(frame: RequestFrame): void;
  /** Only one listener: the contract's client. */
  listen(listener: { frame(text: string): void; connected(): void; lost(): void }): void;
}
