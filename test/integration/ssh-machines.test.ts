import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '#common/base/app-error.ts';
import type { ErrorCode } from '#common/base/error-codes.ts';
import type { Host, HostSecrets } from '#common/contract/host.ts';
import { connectSsh } from '../../main/install/ssh-connection.ts';
import type { Machine, MachineProvider } from '../../main/machines/provider.ts';
import { canRunMachines, GIB } from './machines-lab/lab.ts';
import { ForeignHosts, machineName, PASSPHRASE, SUDO_PASSWORD, writeKey } from './ssh-lab/foreign-hosts.ts';
import { serveSsh, startAgent } from './ssh-lab/servers.ts';
import { inventory } from './ssh-lab/inventory.ts';

const HOST = 'box';
const MARK = '/etc/pilothouse/machine.json';

describe.runIf(canRunMachines)("machines of the user's, reached by SSH", () => {
  let hosts: ForeignHosts;
  let before: Record<string, readonly string[]>;

  beforeAll(async () => {
    hosts = await ForeignHosts.open([HOST]);
    before = await inventory(hosts, HOST);
  }, 300_000);

  afterEach(() => hosts.clear(HOST));
  afterAll(() => hosts[Symbol.asyncDispose]());

  /** A cluster of one node on the host; what it printed is in `lines`. */
  class Attempt {
    readonly lines: string[] = [];
    readonly name;
    readonly cluster: string;
    readonly host: Host;
    provider: MachineProvider;

    constructor(cluster: string, host: Host, secrets: HostSecrets = {}, provider = hosts.newProvider()) {
      this.cluster = cluster;
      this.host = host;
      this.provider = provider;
      this.name = machineName(cluster, 'n-1');
      provider.unlock?.(this.name, secrets);
    }

    create(): Promise<Machine> {
      const spec = {
        name: this.name,
        hostname: 'n-1',
        cpus: 64,
        memoryBytes: GIB,
        diskBytes: GIB,
        sshPublicKey: '',
        host: this.host,
      };
      return this.provider.create(this.cluster, spec, ({ line }) => this.lines.push(line), hosts.signal);
    }

    info(): Promise<Machine> {
      return this.provider.info(this.cluster, this.name);
    }

    async giveBack(): Promise<void> {
      await this.provider.delete(this.cluster, this.name, hosts.signal);
      expect((await this.info()).state).toBe('absent');
      await this.provider.release(this.cluster, hosts.signal);
    }
  }

  /** Fails with this code, and has changed nothing of the machine. */
  async function expectRefused(attempt: Attempt, code: ErrorCode, params: object): Promise<AppError> {
    const error: unknown = await attempt.create().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(AppError);
    expect((error as AppError).toShape()).toMatchObject({ code, params });
    await attempt.giveBack();
    expect(await hosts.shell(HOST, 'ls -d /etc/pilothouse /root/.ssh/*pilothouse* 2> /dev/null || true')).toBe('');
    expect(await hosts.shell(HOST, 'cat /root/.ssh/authorized_keys /home/*/.ssh/authorized_keys')).not.toContain(
      'pilothouse[',
    );
    return error as AppError;
  }

  /** What root may do on the machine by the key of the cluster alone. */
  async function asRoot(machine: Machine): Promise<string> {
    const { privateKey } = hosts.identity;
    await using connection = await connectSsh(machine.ssh!, privateKey, hosts.signal);
    expect(await connection.read('/etc/shadow', hosts.signal)).toContain('root:');
    await connection.upload(Buffer.alloc(600_000, 'x'), '/root/upload', { mode: 0o600, signal: hosts.signal });
    const { stdout } = await connection.run(['sh', '-c', 'id -un; wc -c < /root/upload; rm /root/upload'], {
      signal: hosts.signal,
    });
    return stdout.trim().replace('\n', ' ');
  }

  async function unchanged(): Promise<void> {
    const after = await inventory(hosts, HOST);
    for (const [section, lines] of Object.entries(before))
      expect.soft([section, after[section]]).toEqual([section, lines]);
  }

  test('one with a user who may use sudo freely is taken over, and given back as it was', async () => {
    const attempt = new Attempt('free', hosts.host(HOST, 'dev', { hostKey: hosts.fingerprint(HOST) }));
    expect((await attempt.info()).state).toBe('absent');
    const machine = await attempt.create();
    expect(machine).toMatchObject({ state: 'running', ssh: { host: hosts.address(HOST), user: 'root' } });
    expect(machine.ssh?.sudo).toBeUndefined();
    expect(machine.memoryBytes).toBeGreaterThan(GIB / 2);
    expect(machine.cpus).toBeLessThan(64);
    expect(attempt.lines.join('\n')).toContain(`The host key of ${hosts.address(HOST)} is ${hosts.fingerprint(HOST)}`);
    expect(await asRoot(machine)).toBe('root 600000');
    // Once more, as after an interruption, by another run of the app: nothing is added twice.
    const again = new Attempt('free', attempt.host);
    expect((await again.create()).state).toBe('running');
    expect(await hosts.shell(HOST, "grep -cF 'pilothouse[' /root/.ssh/authorized_keys")).toBe('1\n');
    await again.giveBack();
    await unchanged();
  });

  test('one whose SSH server lets root in by no means is used by sudo, with a password that is kept nowhere', async () => {
    await hosts.forbidRoot(HOST);
    const attempt = new Attempt('bysudo', hosts.host(HOST, 'ops', { keyFile: hosts.keys.locked }), {
      passphrase: PASSPHRASE,
      sudoPassword: SUDO_PASSWORD,
    });
    const machine = await attempt.create();
    expect(machine.ssh?.sudo?.user).toBe('ops');
    expect(await asRoot(machine)).toBe('root 600000');
    const files = await readdir(hosts.stateDirectory, { recursive: true, withFileTypes: true });
    const texts = await Promise.all(
      files.filter((file) => file.isFile()).map((file) => readFile(path.join(file.parentPath, file.name), 'utf8')),
    );
    const all = [...texts, ...attempt.lines, JSON.stringify(machine)].join('\n');
    expect(all).toContain('"sudo": "password"');
    for (const secret of [SUDO_PASSWORD, PASSPHRASE]) expect(all).not.toContain(secret);

    // Another run of the app does not know it: it asks, and goes on when it was told.
    const later = new Attempt('bysudo', attempt.host);
    expect((await later.info()).state).toBe('running');
    const stopping = later.provider.stop('bysudo', later.name, hosts.signal);
    await expect(stopping).rejects.toMatchObject({ code: 'sudo-password-needed', params: { user: 'ops' } });
    later.provider.unlock?.(later.name, { sudoPassword: 'wrong' });
    await expect(later.provider.stop('bysudo', later.name, hosts.signal)).rejects.toMatchObject({
      code: 'sudo-denied',
    });
    later.provider.unlock?.(later.name, { sudoPassword: SUDO_PASSWORD });
    expect((await later.provider.stop('bysudo', later.name, hosts.signal)).state).toBe('stopped');
    expect((await later.provider.start('bysudo', later.name, hosts.signal)).state).toBe('running');
    await later.giveBack();
    await hosts.allowRoot(HOST);
    await unchanged();
  });

  test('files that were not there before are not there afterwards', async () => {
    await hosts.shell(HOST, 'mv /root/.ssh /root/ssh-of-mine');
    const attempt = new Attempt('bare', hosts.host(HOST, 'dev'));
    await attempt.create();
    expect(await hosts.shell(HOST, 'stat -c %a:%U /root/.ssh /root/.ssh/authorized_keys')).toBe('700:root\n600:root\n');
    await attempt.giveBack();
    await hosts.shell(HOST, 'test ! -e /root/.ssh; mv /root/ssh-of-mine /root/.ssh');
    await unchanged();
  });

  test.each([
    ['the key of somebody else', () => ({ keyFile: hosts.keys.stranger }), 'ssh-login-refused', { user: 'dev' }],
    ['a key file that is not there', () => ({ keyFile: '/nowhere/key' }), 'ssh-key-unreadable', { reason: 'ENOENT' }],
    ['the public half of a key', () => ({ keyFile: `${hosts.keys.plain}.pub` }), 'ssh-key-unreadable', {}],
    ['a key behind a passphrase', () => ({ keyFile: hosts.keys.locked }), 'ssh-passphrase-needed', {}],
    ['an agent that does not run', () => ({ keyFile: undefined }), 'ssh-agent-missing', {}],
    ['a port where nobody listens', () => ({ port: 2 }), 'ssh-connection-refused', { port: 2 }],
    ['a name that nobody has', () => ({ address: 'nobody.invalid' }), 'host-name-unknown', { host: 'nobody.invalid' }],
    ['an address without a machine', () => ({ address: neighbour() }), 'ssh-unreachable', { port: 22 }],
    ['another host key than expected', () => ({ hostKey: `SHA256:${'A'.repeat(43)}` }), 'ssh-host-key-changed', {}],
  ] as const)('%s is told of', async (_, change, code, params) => {
    const error = await expectRefused(new Attempt('fault', { ...hosts.host(HOST, 'dev'), ...change() }), code, params);
    if (code.startsWith('ssh-login') || code.startsWith('ssh-connection') || code === 'ssh-unreachable') {
      expect(error.command).toMatch(/^ssh -p \d+ -i \S+ dev@/);
      expect(error.lines).not.toEqual([]);
    }
  });

  test('the keys of an SSH agent let in as those of a file do', async () => {
    await using agent = await startAgent(hosts.keys.plain);
    const provider = hosts.newProvider({ agentSocket: agent.socket });
    const attempt = new Attempt('agent', hosts.host(HOST, 'dev', { keyFile: undefined }), {}, provider);
    expect((await attempt.create()).state).toBe('running');
    await attempt.giveBack();
    await agent.forgetAll();
    await expectRefused(new Attempt('agent', attempt.host, {}, provider), 'ssh-login-refused', {
      key: 'the SSH agent',
    });
  });

  test('this very computer is not taken over, under whatever address', async () => {
    await using server = await serveSsh();
    const host = { ...hosts.host(HOST, 'dev'), address: '127.0.0.1', port: server.port };
    await expectRefused(new Attempt('self', host), 'host-is-this-computer', { host: '127.0.0.1' });
    expect(server.commands).toEqual(['uname -s -m < /dev/null']);
  });

  test('a wrong passphrase is told of as a missing one', async () => {
    const host = hosts.host(HOST, 'dev', { keyFile: hosts.keys.locked });
    await expectRefused(new Attempt('fault', host, { passphrase: 'no' }), 'ssh-passphrase-needed', {
      file: hosts.keys.locked,
    });
  });

  test('a file that is no key is told of', async () => {
    const file = `${hosts.keys.plain}.text`;
    await writeKey(file, 'not a key\n');
    await expectRefused(new Attempt('fault', hosts.host(HOST, 'dev', { keyFile: file })), 'ssh-key-unreadable', {
      file,
    });
  });

  test('a user of whom sudo wants a password is asked for it, and told when it was wrong', async () => {
    const host = hosts.host(HOST, 'ops');
    const needed = await expectRefused(new Attempt('fault', host), 'sudo-password-needed', { user: 'ops' });
    expect(needed.lines.join('\n')).toContain('password is required');
    const denied = await expectRefused(new Attempt('fault', host, { sudoPassword: 'wrong' }), 'sudo-denied', {
      user: 'ops',
    });
    expect(denied.command).toBe("env 'LC_ALL=C' sudo -k -H -S -p '[password]' -- true");
    expect(denied.lines.join('\n')).toContain('incorrect password attempt');
    expect(JSON.stringify(denied.toShape())).not.toContain('wrong');
  });

  test('a user who may not use sudo is told so', async () => {
    const attempt = new Attempt('fault', hosts.host(HOST, 'guest'), { sudoPassword: SUDO_PASSWORD });
    const error = await expectRefused(attempt, 'sudo-denied', { user: 'guest' });
    expect(error.lines.join('\n')).toContain('guest is not in the sudoers file');
  });

  test.each([
    ['PRETTY_NAME="Fedora Linux 42"\nID=fedora\nVERSION_ID=42\n', 'Fedora Linux 42'],
    ['PRETTY_NAME="Debian GNU/Linux 11 (bullseye)"\nID=debian\nVERSION_ID="11"\n', 'Debian GNU/Linux 11 (bullseye)'],
    ['NAME=x\n', 'Linux'],
  ])('a system that cannot be a node is refused by its name: %j', async (osRelease, found) => {
    await hosts.shell(HOST, 'mv /etc/os-release /etc/os-release.mine');
    await hosts.writeFile(HOST, '/etc/os-release', osRelease);
    try {
      await expectRefused(new Attempt('fault', hosts.host(HOST, 'dev')), 'host-system-unsupported', { found });
    } finally {
      await hosts.shell(HOST, 'mv /etc/os-release.mine /etc/os-release');
    }
  });

  test('a machine that is a node already is left alone, and can be told of before anything is made', async () => {
    const owner = new Attempt('first', hosts.host(HOST, 'dev'));
    await owner.create();
    const other = new Attempt('second', hosts.host(HOST, 'dev'));
    const params = { host: hosts.address(HOST), node: 'n-1', mark: MARK };
    await expect(other.create()).rejects.toMatchObject({ code: 'host-already-node', params });
    await other.giveBack();
    expect(await asRoot(await owner.info())).toBe('root 600000');
    const findings = await other.provider.preflight(hosts.signal, [{ ...other.host, secrets: {} }]);
    expect(findings.at(-1)).toMatchObject({ check: 'host-free', code: 'host-already-node', params });
    await owner.giveBack();
    const later = await other.provider.preflight(hosts.signal, [{ ...other.host, secrets: {} }]);
    expect(later.map(({ check, outcome, detail }) => [check, outcome, detail])).toEqual([
      ['ssh-keys', 'ok', 'key files'],
      ['ssh-login', 'ok', `dev@${hosts.address(HOST)}`],
      ['host-key', 'ok', hosts.fingerprint(HOST)],
      ['host-system', 'ok', expect.stringContaining('Debian GNU/Linux 12')],
      ['host-free', 'ok', hosts.address(HOST)],
      ['sudo', 'ok', 'sudo'],
    ]);
    await unchanged();
  });

  test('a machine that suddenly shows another host key is not spoken with, and can be let go of', async () => {
    const attempt = new Attempt('pinned', hosts.host(HOST, 'dev'));
    await attempt.create();
    const keys = '/etc/ssh/ssh_host_ecdsa_key';
    await hosts.shell(
      HOST,
      `cp -a ${keys} /root/key; cp -a ${keys}.pub /root/key.pub; rm ${keys} ${keys}.pub;
      ssh-keygen -q -t ecdsa -N '' -f ${keys}; systemctl restart ssh`,
    );
    const later = new Attempt('pinned', attempt.host);
    const changed = { code: 'ssh-host-key-changed', params: { host: hosts.address(HOST) } };
    await expect(later.provider.start('pinned', later.name, hosts.signal)).rejects.toMatchObject(changed);
    await expect(later.provider.delete('pinned', later.name, hosts.signal)).rejects.toMatchObject(changed);
    await hosts.shell(HOST, `mv /root/key ${keys}; mv /root/key.pub ${keys}.pub; systemctl restart ssh`);
    expect((await later.provider.start('pinned', later.name, hosts.signal)).state).toBe('running');
    await later.provider.abandon?.('pinned', later.name);
    expect((await later.info()).state).toBe('absent');
    // Left as it is: the mark is still there, and the owner can remove it by hand.
    expect(await hosts.run(HOST, 'cat', MARK)).toContain('pinned-n-1');
    await hosts.clear(HOST);
    await unchanged();
  });

  test('a take-over that was cut off at any place is gone on with, or undone', async () => {
    for (const at of ['The host key', 'Debian', 'Adding the key']) {
      const attempt = new Attempt('cut', hosts.host(HOST, 'dev'));
      const spec = { name: attempt.name, hostname: 'n-1', cpus: 1, memoryBytes: GIB, diskBytes: GIB, sshPublicKey: '' };
      const abort = new AbortController();
      const report = ({ line }: { line: string }): void => {
        if (line.startsWith(at)) abort.abort();
      };
      const run = attempt.provider.create('cut', { ...spec, host: attempt.host }, report, abort.signal);
      await expect(run).rejects.toMatchObject({ name: 'AbortError' });
      expect((await attempt.info()).state).toBe('broken');
      await attempt.giveBack();
      await new Attempt('cut', attempt.host).create();
      await new Attempt('cut', attempt.host).giveBack();
    }
    await unchanged();
  });

  function neighbour(): string {
    return hosts.address(HOST).replace(/\d+$/, '250');
  }
});
