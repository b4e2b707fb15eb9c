import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { assert } from '#common/base/assert.ts';

export interface SshKeyPair {
  /** One line as in authorized_keys and in a .pub file. */
  readonly publicKey: string;
  /** PEM (SEC 1), which both OpenSSH and ssh2 read. */
  readonly privateKey: string;
}

const KEY_TYPE = 'ecdsa-sha2-nistp256';
const CURVE = 'nistp256';

/** A new ECDSA P-256 key, for a host or for logging in (RFC 5656). */
export function generateSshKeyPair(comment = 'pilothouse'): SshKeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const blob = Buffer.concat([KEY_TYPE, CURVE, publicPoint(publicKey)].map(sshString));
  return {
    publicKey: `${KEY_TYPE} ${blob.toString('base64')} ${comment}`,
    privateKey: privateKey.export({ type: 'sec1', format: 'pem' }).toString(),
  };
}

/** The public key as an uncompressed point (SEC 1, section 2.3.3). */
function publicPoint(key: KeyObject): Buffer {
  const { x, y } = key.export({ format: 'jwk' });
  assert(x !== undefined && y !== undefined, 'an EC key has both coordinates');
  return Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
}

/** The `string` of RFC 4251, section 5. */
function sshString(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
