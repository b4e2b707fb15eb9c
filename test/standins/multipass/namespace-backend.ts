import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { realClock } from '#common/base/clock.ts';
import { silentLog } from '#common/base/log.ts';
import { generateSshKeyPair, type SshKeyPair } from '../../../main/install/ssh-key.ts';
import { connectSsh, type SshConnection } from '../../../main/install/ssh-connection.ts';
import { namespaceProvider } from '../../../main/machines/namespace/provider.ts';
import { ClusterFiles } from '../../../main/machines/namespace/state-files.ts';
import type { MachineName } from '../../../main/machines/provider.ts';
import type { Backend } from './backend.ts';
import type { CloudConfig } from './cloud-config.ts';
import { pause } from './context.ts';
import type { Instance } from './instances.ts';

interface Options {
  readonly cluster: string;
  readonly cacheDirectory: string;
}

const signal = new AbortController().signal;
const SSH_PATIENCE_MS = 30_000;

/** Instances that are machines of the namespaces of this host, with what cloud-init would do on Ubuntu done to them. */
export async function namespaceBackend(directory: string, { cluster, cacheDirectory }: Options): Promise<Backend> {
  const stateDirectory = path.join(directory, 'machines');
  const provider = namespaceProvider({ stateDirectory, cacheDirectory, clock: realClock, log: silentLog });
  const machine = ({ name }: Instance): MachineName => name as MachineName;
  const filesOf = (instance: Instance): string =>
    new ClusterFiles(stateDirectory, cluster).machine(machine(instance)).upper;

  const login = async (instance: Instance): Promise<SshConnection> => {
    const { privateKey } = await ownKeys(directory);
    const { ssh } = await provider.info(cluster, machine(instance));
    const deadline = realClock.monotonic() + SSH_PATIENCE_MS;
    for (;;) {
      try {
        // cloud-config gave it another host key than the one that it was made with.
        return await connectSsh({ host: ssh!.host, port: ssh!.port, user: 'root' }, privateKey, signal);
      } catch (error) {
        if (realClock.monotonic() > deadline) throw error;
        await pause(50);
      }
    }
  };

  return {
    async create(instance) {
      const { publicKey } = await ownKeys(directory);
      const spec = {
        name: machine(instance),
        hostname: instance.cloudConfig.hostname ?? instance.name,
        cpus: instance.cpus,
        memoryBytes: instance.memoryBytes,
        diskBytes: instance.diskBytes,
        sshPublicKey: publicKey,
      };
      await provider.create(cluster, spec, () => undefined, signal);
      await applyCloudConfig(filesOf(instance), instance.cloudConfig, publicKey);
    },
    async start(instance) {
      const { ssh } = await provider.start(cluster, machine(instance), signal);
      const connection = await login(instance);
      try {
        if (instance.starts === 0) await runCommands(connection, instance.cloudConfig);
      } finally {
        await connection[Symbol.asyncDispose]();
      }
      return ssh!.host;
    },
    async stop(instance) {
      await provider.stop(cluster, machine(instance), signal);
    },
    async delete(instance) {
      await provider.delete(cluster, machine(instance), signal);
      const left = await provider.list(cluster);
      if (left.length === 0) await provider.release(cluster, signal);
    },
    async exec(instance, argv) {
      const connection = await login(instance);
      try {
        const accept = Array.from({ length: 256 }, (_, code) => code);
        const asUser = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups', ...argv];
        return { stderr: '', ...(await connection.run(asUser, { signal, accept })) };
      } finally {
        await connection[Symbol.asyncDispose]();
      }
    },
  };
}

/** The key by which Multipass itself logs in, on all instances the same. */
async function ownKeys(directory: string): Promise<SshKeyPair> {
  const file = path.join(directory, 'ssh-key.json');
  await writeFile(file, JSON.stringify(generateSshKeyPair('multipass')), { flag: 'wx', mode: 0o600 }).catch(() => {});
  return JSON.parse(await readFile(file, 'utf8')) as SshKeyPair;
}

/** What stands before keys of root that may not log in. Source: cloud-init, cc_ssh, `disable_root_opts`. */
const REFUSED =
  'no-port-forwarding,no-agent-forwarding,no-X11-forwarding,command="echo \'Please login as the user \\"ubuntu\\" rather than the user \\"root\\".\';echo;sleep 10;exit 142"';

async function applyCloudConfig(upper: string, config: CloudConfig, ownKey: string): Promise<void> {
  const prefix = config.disable_root ? `${REFUSED} ` : '';
  const keys = [...config.ssh_authorized_keys.map((key) => `${prefix}${key}`), ownKey];
  await put(upper, '/root/.ssh/authorized_keys', `${keys.join('\n')}\n`, 0o600);
  const { ecdsa_private: privateKey, ecdsa_public: publicKey } = config.ssh_keys;
  if (privateKey !== undefined && publicKey !== undefined) {
    await put(upper, '/etc/ssh/ssh_host_ecdsa_key', privateKey, 0o600);
    await put(upper, '/etc/ssh/ssh_host_ecdsa_key.pub', `${publicKey}\n`, 0o644);
  }
  for (const { path: file, content, permissions } of config.write_files) {
    await put(upper, file, content, Number.parseInt(permissions, 8));
  }
}

async function put(upper: string, file: string, content: string, mode: number): Promise<void> {
  const place = path.join(upper, file);
  await mkdir(path.dirname(place), { recursive: true });
  await writeFile(place, content, { mode });
}

async function runCommands(connection: SshConnection, { runcmd }: CloudConfig): Promise<void> {
  for (const command of runcmd) {
    await connection.run(typeof command === 'string' ? ['sh', '-c', command] : command, { signal });
  }
}
