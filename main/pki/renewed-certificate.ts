import type { Clock } from '#common/base/clock.ts';
import type { CertificateAuthority, Issue, KeyAndCertificate } from './authority.ts';

/** After this part of its life a certificate is replaced: long before anyone would miss it. */
const USED_PART = 0.8;
/** Timers stand still while a computer sleeps: so often the clock is looked at. */
const LOOK_EVERY_MS = 86_400_000;

/** A key and certificate of our own authority that are always good: made anew, while all runs, before they end. */
export class RenewedCertificate implements Disposable {
  readonly #listeners = new Set<(renewed: KeyAndCertificate) => void>();
  readonly #issue: () => KeyAndCertificate;
  readonly #clock: Clock;
  readonly #everyMs: number;
  #current: KeyAndCertificate;
  #timer: Disposable;

  constructor(authority: CertificateAuthority, request: Omit<Issue, 'publicKey'>, clock: Clock) {
    this.#issue = () => authority.issue(request);
    this.#clock = clock;
    this.#everyMs = request.lifetimeMs * USED_PART;
    this.#current = this.#issue();
    this.#timer = this.#schedule(clock.now() + this.#everyMs);
  }

  get current(): KeyAndCertificate {
    return this.#current;
  }

  /** Tells of each later pair. */
  onRenewed(listener: (renewed: KeyAndCertificate) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
  }

  #schedule(dueAt: number): Disposable {
    const leftMs = Math.max(0, dueAt - this.#clock.now());
    return this.#clock.after(Math.min(leftMs, LOOK_EVERY_MS), () => {
      if (this.#clock.now() < dueAt) {
        this.#timer = this.#schedule(dueAt);
        return;
      }
      this.#current = this.#issue();
      this.#timer = this.#schedule(this.#clock.now() + this.#everyMs);
      for (const listener of this.#listeners) listener(this.#current);
    });
  }
}
