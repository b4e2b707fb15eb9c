import { stringify } from 'yaml';
import type { KeyAndCertificate } from './authority.ts';

/** A kubeconfig (client-go tools/clientcmd/api/v1) for one user of one cluster; YAML. */
export function kubeconfig(
  name: string,
  server: string,
  authority: string,
  user: string,
  credentials: KeyAndCertificate,
): string {
  const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(authority) } }],
      users: [
        {
          name: user,
          user: {
            'client-certificate-data': base64(credentials.cert),
            'client-key-data': base64(credentials.key),
          },
        },
      ],
      contexts: [{ name, context: { cluster: name, user } }],
      'current-context': name,
    },
    { lineWidth: 0 },
  );
}
