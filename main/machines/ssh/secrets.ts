import type { HostSecrets } from '#common/contract/host.ts';
import type { MachineName } from '../provider.ts';

/** What users told to get into their machines: in memory, for as long as it is needed. */
export class HostSecretsStore {
  readonly #secrets = new Map<MachineName, HostSecrets>();

  get(name: MachineName): HostSecrets {
    return this.#secrets.get(name) ?? {};
  }

  add(name: MachineName, secrets: HostSecrets): void {
    this.#secrets.set(name, { ...this.get(name), ...secrets });
  }

  forget(name: MachineName): void {
    this.#secrets.delete(name);
  }
}
