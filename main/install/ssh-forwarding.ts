import { connect } from 'node:net';
import type { ClientChannel, TcpConnectionDetails } from 'ssh2';
import { AppError } from '#common/base/app-error.ts';
import { unlessAborted } from '#common/base/abort.ts';
import { relay } from '#common/base/relay.ts';
import type { Channels } from './ssh-connection.ts';

const LOOPBACK = '127.0.0.1';

/** A port of the machine's loopback that leads to this side, while the connection lasts. */
export interface Forwarding extends AsyncDisposable {
  readonly port: number;
  /** Aborts when the connection that it goes through has ended. */
  readonly lost: AbortSignal;
}

/**
 * Opens a port of the machine's loopback, whichever is free, and leads what comes to it to a port of ours. Disposed,
 * it takes no more; connections that are there go on to their own end. Fails with `tunnel-refused`.
 */
export async function openForwarding(
  { client, host, lost }: Channels,
  to: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<Forwarding> {
  const opening = new Promise<number>((resolve, reject) => {
    client.forwardIn(LOOPBACK, 0, (error, port) => {
      if (error) reject(new AppError('tunnel-refused', { params: { host, reason: error.message }, cause: error }));
      else resolve(port);
    });
  });
  const close = (port: number): Promise<void> =>
    new Promise((resolve) => {
      if (lost.aborted) {
        resolve();
        return;
      }
      lost.addEventListener('abort', () => resolve(), { once: true });
      client.unforwardIn(LOOPBACK, port, () => resolve());
    });
  const ended = AbortSignal.any([signal, lost]);
  const port = await unlessAborted(opening, ended).catch((error: unknown) => {
    // What is opened after all is not wanted any more.
    void opening.then(close, () => undefined);
    throw error;
  });
  const onConnection = (details: TcpConnectionDetails, accept: () => ClientChannel, reject: () => void): void => {
    if (details.destPort !== port) return;
    const socket = connect({ ...to, allowHalfOpen: true, noDelay: true });
    const refuse = (): void => reject();
    socket.once('error', refuse);
    socket.once('connect', () => {
      socket.off('error', refuse);
      if (lost.aborted) socket.destroy();
      else relay(accept(), socket);
    });
  };
  client.on('tcp connection', onConnection);
  return {
    port,
    lost,
    async [Symbol.asyncDispose]() {
      await close(port);
      client.off('tcp connection', onConnection);
    },
  };
}
