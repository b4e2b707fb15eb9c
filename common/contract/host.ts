import { z } from 'zod';

/** A DNS name or an IPv4 address. */
const ADDRESS = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\.?$/i;
/** What useradd(8) of Debian takes, and nothing that a shell or SSH would read otherwise. */
const USER = /^[a-z_][a-z0-9_.-]{0,31}$/i;
/** As ssh-keygen(1) prints it. */
const FINGERPRINT = /^SHA256:[A-Za-z0-9+/]{43}$/;

/** A Linux machine that the user has, and how to log in to it. */
export const hostSchema = z.strictObject({
  address: z.string().regex(ADDRESS, 'host-address'),
  port: z.number('host-port').int('host-port').min(1, 'host-port').max(65_535, 'host-port').default(22),
  user: z.string().regex(USER, 'host-user'),
  /** A private key on this computer. Without it, the keys that the user's SSH agent holds. */
  keyFile: z.string().min(1, 'key-file').optional(),
  /** What the machine must prove to be. Without it, the key that it shows first is the one that it must show ever after. */
  hostKey: z.string().regex(FINGERPRINT, 'host-key').optional(),
});
export type Host = Readonly<z.infer<typeof hostSchema>>;

/** A host in short, as users write it and findings name it. */
export function hostLabel({ user, address, port }: Pick<Host, 'user' | 'address' | 'port'>): string {
  return `${user}@${address}${port === 22 ? '' : `:${port}`}`;
}

/** What the user alone knows: kept in memory for as long as it is needed, and asked for again after that. */
export const hostSecretsSchema = z.strictObject({
  /** Of the key file. */
  passphrase: z.string().max(1024).optional(),
  sudoPassword: z
    .string()
    .max(1024)
    .regex(/^[^\0\r\n]*$/)
    .optional(),
});
export type HostSecrets = Readonly<z.infer<typeof hostSecretsSchema>>;

export const hostWithSecretsSchema = hostSchema.extend({ secrets: hostSecretsSchema.default({}) });
export type HostWithSecrets = Readonly<z.infer<typeof hostWithSecretsSchema>>;
