import type { AppError } from '#common/base/app-error.ts';
import type { ContractClient } from '#common/contract/client.ts';
import type { Finding } from '#common/contract/finding.ts';
import type { HostWithSecrets } from '#common/contract/host.ts';

/** The preflight of machines that the user named. Their secrets are let go of as soon as it has ended. */
export class HostChecks implements Disposable {
  state = $state<'none' | 'running' | 'finished'>('none');
  findings = $state.raw<readonly Finding[]>([]);
  error = $state.raw<AppError>();
  readonly #client: ContractClient;
  #stream: Disposable | undefined;

  constructor(client: ContractClient) {
    this.#client = client;
  }

  /** How many checks stand in the way. */
  get failed(): number {
    return this.findings.filter(({ outcome }) => outcome === 'failed').length;
  }

  /** All was looked at, and nothing stands in the way. */
  get passed(): boolean {
    return this.state === 'finished' && this.failed === 0;
  }

  run(hosts: readonly HostWithSecrets[]): void {
    this.forget();
    this.state = 'running';
    this.#stream = this.#client.open(
      'machines.preflight',
      { provider: 'ssh', hosts: [...hosts] },
      {
        event: ({ finished, findings }) => {
          this.findings = findings;
          if (!finished) return;
          this.state = 'finished';
          this.#close();
        },
        failed: (error) => {
          this.error = error;
          this.state = 'none';
          this.#close();
        },
      },
    );
  }

  /** What was found is not about what stands in the form any more. */
  forget(): void {
    this.#close();
    this.state = 'none';
    this.findings = [];
    this.error = undefined;
  }

  [Symbol.dispose](): void {
    this.#close();
  }

  #close(): void {
    this.#stream?.[Symbol.dispose]();
    this.#stream = undefined;
  }
}
