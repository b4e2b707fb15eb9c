import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { realClock } from '#common/base/clock.ts';
import { silentLog } from '#common/base/log.ts';
import { nameSuffix, secureRandom } from '#common/base/random.ts';
import { generateSshKeyPair, type SshKeyPair } from '../../../main/install/ssh-key.ts';
import { connectSsh, type SshConnection } from '../../../main/install/ssh-connection.ts';
import { namespaceProvider } from '../../../main/machines/namespace/provider.ts';
import type { Machine, MachineName, MachineProvider, MachineSpec } from '../../../main/machines/provider.ts';

export const GIB = 2 ** 30;

/** Where base images are kept from one run to the next. */
export const cacheDirectory =
  process.env['PILOTHOUSE_CACHE'] ??
  path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'pilothouse');

/** Real namespace machines need root; in CI their tests must run. */
export const canRunMachines = process.env['CI'] === 'true' || process.getuid?.() === 0;

/** Namespace machines of one cluster, with a state directory of their own; all of it is gone at the end. */
export class MachinesLab implements AsyncDisposable {
  readonly cluster = `lab${nameSuffix(secureRandom, 8)}`;
  readonly stateDirectory: string;
  readonly keys: SshKeyPair = generateSshKeyPair();
  readonly provider: MachineProvider;
  readonly signal = new AbortController().signal;

  private constructor(stateDirectory: string) {
    this.stateDirectory = stateDirectory;
    this.provider = this.newProvider();
  }

  static async open(): Promise<MachinesLab> {
    return new MachinesLab(await mkdtemp(path.join(tmpdir(), 'pilothouse-machines-')));
  }

  /** As another run of the app would see the same machines. */
  newProvider(): MachineProvider {
    const { stateDirectory } = this;
    return namespaceProvider({ stateDirectory, cacheDirectory, clock: realClock, log: silentLog });
  }

  machineName(node: string): MachineName {
    return `${this.cluster}-${node}` as MachineName;
  }

  spec(node: string): MachineSpec {
    return {
      name: this.machineName(node),
      hostname: node,
      cpus: 1,
      memoryBytes: GIB,
      diskBytes: 4 * GIB,
      sshPublicKey: this.keys.publicKey,
    };
  }

  async createAndStart(node: string): Promise<Machine> {
    await this.provider.create(this.cluster, this.spec(node), () => undefined, this.signal);
    return this.provider.start(this.cluster, this.machineName(node), this.signal);
  }

  /** Logs in as soon as the machine lets us. */
  async login(machine: Machine): Promise<SshConnection> {
    const deadline = realClock.monotonic() + 20_000;
    for (;;) {
      try {
        return await connectSsh(machine.ssh!, this.keys.privateKey, this.signal);
      } catch (error) {
        if (realClock.monotonic() > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.provider.release(this.cluster, this.signal);
    await rm(this.stateDirectory, { recursive: true });
  }
}
