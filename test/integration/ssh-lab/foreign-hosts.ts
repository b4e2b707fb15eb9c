import { execa } from 'execa';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { realClock } from '#common/base/clock.ts';
import { secureRandom } from '#common/base/random.ts';
import { hostSchema, type Host } from '#common/contract/host.ts';
import type { SshConnection } from '../../../main/install/ssh-connection.ts';
import { fingerprint } from '../../../main/install/ssh-fingerprint.ts';
import { generateSshKeyPair } from '../../../main/install/ssh-key.ts';
import type { Machine, MachineName, MachineProvider } from '../../../main/machines/provider.ts';
import { sshProvider } from '../../../main/machines/ssh/provider.ts';
import { ROOT } from '../../../scripts/build/task.ts';
import { MachinesLab } from '../machines-lab/lab.ts';

export const SUDO_PASSWORD = 'correct horse battery staple';
export const PASSPHRASE = 'open sesame';

const NO_ROOT = '/etc/ssh/sshd_config.d/00-no-root.conf';

/** Who has an account on each host: `dev` may use sudo freely, `ops` with a password, `guest` not at all. */
export type User = 'dev' | 'ops' | 'guest';

/** Machines that stand for those that a user has somewhere: all that is known of them is how to log in. */
export class ForeignHosts implements AsyncDisposable {
  readonly lab: MachinesLab;
  /** Private keys of the user's: one that every account takes, the same behind a passphrase, and one that none takes. */
  readonly keys: { readonly plain: string; readonly locked: string; readonly stranger: string };
  readonly #directory: string;
  readonly #machines: ReadonlyMap<string, Machine>;
  readonly #owners = new Map<string, SshConnection>();
  /** The key of every cluster that takes one of them over. */
  readonly identity = generateSshKeyPair();

  private constructor(lab: MachinesLab, directory: string, machines: ReadonlyMap<string, Machine>) {
    this.lab = lab;
    this.#directory = directory;
    this.#machines = machines;
    this.keys = {
      plain: path.join(directory, 'plain'),
      locked: path.join(directory, 'locked'),
      stranger: path.join(directory, 'stranger'),
    };
  }

  static async open(names: readonly string[]): Promise<ForeignHosts> {
    const lab = await MachinesLab.open();
    await lab.provider.prepare(lab.cluster, () => undefined, lab.signal);
    const machines = new Map<string, Machine>();
    for (const name of names) machines.set(name, await lab.createAndStart(name));
    const hosts = new ForeignHosts(lab, await mkdtemp(path.join(tmpdir(), 'pilothouse-keys-')), machines);
    for (const [file, passphrase] of [
      ['plain', ''],
      ['stranger', ''],
    ] as const) {
      await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-f', path.join(hosts.#directory, file)]);
    }
    await execa('cp', [hosts.keys.plain, hosts.keys.locked]);
    await execa('ssh-keygen', ['-q', '-p', '-P', '', '-N', PASSPHRASE, '-f', hosts.keys.locked]);
    await Promise.all(names.map((name) => hosts.#furnish(name)));
    return hosts;
  }

  get signal(): AbortSignal {
    return this.lab.signal;
  }

  get stateDirectory(): string {
    return path.join(this.#directory, 'hosts');
  }

  address(name: string): string {
    return this.#machine(name).ssh!.host;
  }

  fingerprint(name: string): string {
    return fingerprint(this.#machine(name).ssh!.hostKeys![0]!);
  }

  /** As its user names it. */
  host(name: string, user: User, change: Partial<Host> = {}): Host {
    return hostSchema.parse({ address: this.address(name), user, keyFile: this.keys.plain, ...change });
  }

  /** The provider as a run of the app has it: what an earlier one kept in memory, this one does not know. */
  newProvider(change: { readonly agentSocket?: string } = {}): MachineProvider {
    return sshProvider({
      stateDirectory: this.stateDirectory,
      templates: path.join(ROOT, 'resources/node'),
      identity: () => Promise.resolve(this.identity),
      clock: realClock,
      random: secureRandom,
      ...change,
    });
  }

  /** Runs a command as the owner of the machine, who is root on it. */
  async run(name: string, ...argv: readonly string[]): Promise<string> {
    const owner = await this.owner(name);
    return (await owner.run(argv, { signal: this.signal, silenceMs: 120_000 })).stdout;
  }

  async shell(name: string, script: string): Promise<string> {
    return this.run(name, 'sh', '-ec', script);
  }

  async owner(name: string): Promise<SshConnection> {
    const current = this.#owners.get(name);
    if (current && !current.closed) return current;
    const connection = await this.lab.login(this.#machine(name));
    this.#owners.set(name, connection);
    return connection;
  }

  async writeFile(name: string, place: string, content: string): Promise<void> {
    const owner = await this.owner(name);
    await owner.upload(Buffer.from(content), place, { mode: 0o644, signal: this.signal });
  }

  /** From here on no root may log in by SSH, whatever key it has. */
  async forbidRoot(name: string): Promise<void> {
    // The owner's connection is there already, and stays.
    await this.writeFile(name, NO_ROOT, 'PermitRootLogin no\n');
    await this.run(name, 'systemctl', 'restart', 'ssh');
  }

  async allowRoot(name: string): Promise<void> {
    await this.run(name, 'rm', '-f', NO_ROOT);
    await this.run(name, 'systemctl', 'restart', 'ssh');
  }

  /** Frees the machine by hand, as its owner may. */
  async clear(name: string): Promise<void> {
    await this.shell(
      name,
      `rm -rf /etc/pilothouse
      sed -i '/pilothouse\\[/d' /root/.ssh/authorized_keys /home/*/.ssh/authorized_keys`,
    );
  }

  /** As by a hand at its power switch. */
  async reboot(name: string): Promise<void> {
    const machine = this.lab.machineName(name);
    await this.lab.provider.stop(this.lab.cluster, machine, this.signal);
    await this.lab.provider.start(this.lab.cluster, machine, this.signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const owner of this.#owners.values()) await owner[Symbol.asyncDispose]();
    await this.lab[Symbol.asyncDispose]();
    await rm(this.#directory, { recursive: true });
  }

  #machine(name: string): Machine {
    const machine = this.#machines.get(name);
    if (!machine) throw new Error(`There is no host ${name}`);
    return machine;
  }

  async #furnish(name: string): Promise<void> {
    const { stdout: key } = await execa('ssh-keygen', ['-y', '-f', this.keys.plain]);
    const packages =
      'apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends';
    await this.shell(name, `(${packages} sudo) > /dev/null 2>&1 || (${packages} sudo) > /dev/null`);
    await this.shell(
      name,
      `for user in dev ops guest; do
        useradd --create-home --shell /bin/bash $user
        install -d -m 700 -o $user -g $user /home/$user/.ssh
        echo '${key} owner@home' > /home/$user/.ssh/authorized_keys
        chown $user: /home/$user/.ssh/authorized_keys
        chmod 600 /home/$user/.ssh/authorized_keys
      done
      echo 'dev ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/dev
      usermod -aG sudo ops
      printf '%s:${SUDO_PASSWORD}\\n' ops guest | chpasswd
      systemctl is-system-running --wait > /dev/null || true`,
    );
  }
}

/** A machine's name in a cluster that takes it over. */
export const machineName = (cluster: string, node: string): MachineName => `${cluster}-${node}` as MachineName;

export async function writeKey(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600 });
}
