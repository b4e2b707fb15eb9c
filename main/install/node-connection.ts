import { AppError } from '#common/base/app-error.ts';
import type { Machine } from '../machines/provider.ts';
import { connectSsh, type SshConnection } from './ssh-connection.ts';

/** One SSH connection per node, shared by all who ask for it and opened anew when it broke. */
export class NodeConnection implements AsyncDisposable {
  readonly #machine: () => Promise<Machine>;
  readonly #privateKey: string;
  #current: Promise<SshConnection> | undefined;

  /** `machine` is asked before every login: addresses move. */
  constructor(machine: () => Promise<Machine>, privateKey: string) {
    this.#machine = machine;
    this.#privateKey = privateKey;
  }

  async get(signal: AbortSignal): Promise<SshConnection> {
    for (;;) {
      const known = this.#current;
      const current = await known?.catch(() => undefined);
      if (current && !current.closed) return current;
      // Who waited for the same one may be opening another already.
      if (this.#current !== known) continue;
      const opening = this.#open(signal);
      this.#current = opening;
      return opening;
    }
  }

  /** Lets go of the connection, which may be dead without knowing: who asks next gets another. */
  reset(): void {
    const current = this.#current;
    this.#current = undefined;
    current?.then((connection) => connection[Symbol.asyncDispose]()).catch(() => undefined);
  }

  async #open(signal: AbortSignal): Promise<SshConnection> {
    const { name, ssh } = await this.#machine();
    if (!ssh) throw new AppError('ssh-unreachable', { params: { host: name, port: 22, reason: 'it does not run' } });
    return connectSsh(ssh, this.#privateKey, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const current = await this.#current?.catch(() => undefined);
    await current?.[Symbol.asyncDispose]();
  }
}
