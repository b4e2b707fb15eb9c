import { homedir } from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import type { HostSecrets, hostWithSecretsSchema } from '#common/contract/host.ts';
import { readSecret } from './read-secret.ts';

type HostInput = z.input<typeof hostWithSecretsSchema>;

export const secretOptions = {
  askPassphrase: z.boolean().default(false),
  askSudoPassword: z.boolean().default(false),
};

/** Options for machines that the user has. */
export const hostOptions = {
  ...secretOptions,
  host: z.array(z.string()).default([]),
  key: z.string().min(1).optional(),
};

export function addHostOptions(command: Command): Command {
  return addSecretOptions(
    command
      .option(
        '--host <user@address[:port]>',
        'a machine to take over, with --provider ssh; once for each node',
        (one: string, all: readonly string[] | undefined) => [...(all ?? []), one],
      )
      .option('--key <file>', 'the private key that logs in to them (default: your SSH agent)'),
  );
}

export function addSecretOptions(command: Command): Command {
  return command
    .option('--ask-passphrase', 'asks for the passphrase of the key')
    .option('--ask-sudo-password', 'asks for the password that sudo wants on the machines');
}

interface HostChoice {
  readonly host: readonly string[];
  readonly key?: string | undefined;
}

interface SecretChoice {
  readonly askPassphrase: boolean;
  readonly askSudoPassword: boolean;
}

/** The machines as they were typed: `user@address`, `user@address:port`; the user is the own one when left out. */
export async function hostsOf({ host, key, ...ask }: HostChoice & SecretChoice): Promise<HostInput[]> {
  const secrets = await askSecrets(ask);
  return host.map((typed) => {
    const [, user = process.env['USER'] ?? 'root', address = '', port] =
      /^(?:([^@]*)@)?([^@:]*)(?::(\d+))?$/.exec(typed) ?? [];
    return {
      user,
      address,
      ...(port === undefined ? {} : { port: Number(port) }),
      ...(key === undefined ? {} : { keyFile: path.resolve(key.replace(/^~(?=$|\/)/, homedir())) }),
      secrets,
    };
  });
}

/** What only the user knows: never an argument, which every user of this computer could read. */
export async function askSecrets({ askPassphrase, askSudoPassword }: SecretChoice): Promise<HostSecrets> {
  const passphrase = askPassphrase ? await readSecret('Passphrase of the key: ') : undefined;
  const sudoPassword = askSudoPassword ? await readSecret('Password for sudo: ') : undefined;
  return {
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(sudoPassword === undefined ? {} : { sudoPassword }),
  };
}
