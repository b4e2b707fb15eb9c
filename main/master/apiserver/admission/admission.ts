import type { Stored } from '#common/kube/object.ts';
import type { User } from '../authentication/user.ts';
import type { Draft, Kind } from '../kind.ts';

/** A write, as admission plugins see it. `draft` is absent for a deletion, `old` for a creation. */
export interface AdmissionRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly user: User;
  readonly kind: Kind;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly draft: Draft | undefined;
  readonly old: Stored | undefined;
}

/** Changes what is written (`admit`), then says whether it may be (`validate`); both throw StatusErrors. */
export interface AdmissionPlugin {
  readonly name: string;
  admit?(request: AdmissionRequest): void | Promise<void>;
  validate?(request: AdmissionRequest): void | Promise<void>;
}

/** The plugins in their order: all that change, then all that only judge. */
export class Admission {
  readonly #plugins: readonly AdmissionPlugin[];

  constructor(plugins: readonly AdmissionPlugin[]) {
    this.#plugins = plugins;
  }

  async admit(request: AdmissionRequest): Promise<void> {
    for (const plugin of this.#plugins) await plugin.admit?.(request);
  }

  async validate(request: AdmissionRequest): Promise<void> {
    for (const plugin of this.#plugins) await plugin.validate?.(request);
  }
}
