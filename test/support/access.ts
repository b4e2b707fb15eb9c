import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';

/** How an administrator reaches a master; PEM but for the URL. */
export interface Access {
  readonly url: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const base64 = z.base64().transform((encoded) => Buffer.from(encoded, 'base64').toString('utf8'));
const kubeconfigSchema = z.object({
  clusters: z.tuple([z.object({ cluster: z.object({ server: z.url(), 'certificate-authority-data': base64 }) })]),
  users: z.tuple([z.object({ user: z.object({ 'client-certificate-data': base64, 'client-key-data': base64 }) })]),
});

/** From a kubeconfig of one cluster and one user with a certificate. */
export async function readAccess(file: string): Promise<Access> {
  const { clusters, users } = kubeconfigSchema.parse(parse(await readFile(file, 'utf8')));
  const [{ cluster }] = clusters;
  const [{ user }] = users;
  return {
    url: cluster.server,
    ca: cluster['certificate-authority-data'],
    cert: user['client-certificate-data'],
    key: user['client-key-data'],
  };
}
