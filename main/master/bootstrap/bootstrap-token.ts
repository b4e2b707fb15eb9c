import type { Client } from '#common/client/client.ts';
import type { Clock } from '#common/base/clock.ts';
import type { Random } from '#common/base/random.ts';
import { secrets } from '#common/kube/resources.ts';
import { timeText } from '#common/kube/time.ts';
import { BOOTSTRAP_TOKEN_TYPE } from '../apiserver/authentication/bootstrap-tokens.ts';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Makes a token with which one machine may ask for its first certificate, for a while. */
export async function createBootstrapToken(
  client: Client,
  description: string,
  lifetimeMs: number,
  clock: Clock,
  random: Random,
): Promise<string> {
  const id = text(random, 6);
  const secret = text(random, 16);
  await client.create(secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: `bootstrap-token-${id}`, namespace: 'kube-system' },
    type: BOOTSTRAP_TOKEN_TYPE,
    stringData: {
      description,
      'token-id': id,
      'token-secret': secret,
      expiration: timeText(clock.now() + lifetimeMs),
      'usage-bootstrap-authentication': 'true',
      'auth-extra-groups': 'system:bootstrappers:kubeadm:default-node-token',
    },
  });
  return `${id}.${secret}`;
}

/** Characters drawn without favouring any: bytes beyond the last whole multiple are thrown away. */
function text(random: Random, length: number): string {
  let result = '';
  while (result.length < length) {
    for (const byte of random.bytes(2 * length)) {
      if (byte < 252 && result.length < length) result += ALPHABET[byte % ALPHABET.length]!;
    }
  }
  return result;
}
