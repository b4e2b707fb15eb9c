import { statusError } from '#common/kube/status-error.ts';
import { InvalidTokenError, type BearerTokens } from './bearer-tokens.ts';
import { ANONYMOUS, authenticated, CREDENTIAL_ID, type User } from './user.ts';

/** The part of a TLS socket that tells who is at the other end. */
export interface PeerSocket {
  /** The certificate that was shown, if any, comes from our authority. */
  readonly authorized: boolean;
  getPeerCertificate(): {
    subject?: { CN?: string | string[]; O?: string | string[] };
    /** SHA-256 of the certificate: `AB:CD:...`. */
    fingerprint256?: string;
  };
}

/** A certificate's owner; `refused` when a certificate was shown that is not ours. */
type Certified = User | 'refused' | undefined;

/** What may be asked without saying who asks (KEP-4633). */
const ANONYMOUS_PATHS: ReadonlySet<string> = new Set(['/healthz', '/livez', '/readyz', '/version']);

/**
 * Who is at the other end: a client certificate from our authority, or a bearer token. Nothing at all
 * is anonymous, for a few paths; everything else is refused.
 */
export class Authenticator {
  readonly #tokens: BearerTokens;
  /** Reading a certificate costs more than answering a GET: once per connection. */
  readonly #bySocket = new WeakMap<PeerSocket, { readonly certified: Certified }>();

  constructor(tokens: BearerTokens) {
    this.#tokens = tokens;
  }

  /** Throws 401, which tells nothing about why. */
  async authenticate(socket: PeerSocket, authorization: string | undefined, path: string): Promise<User> {
    const certified = this.#certified(socket);
    if (typeof certified === 'object') return certified;
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (token !== undefined) return this.#bearer(token);
    if (certified === undefined && ANONYMOUS_PATHS.has(path.replace(/\/$/, ''))) return ANONYMOUS;
    throw statusError.unauthorized();
  }

  async #bearer(token: string): Promise<User> {
    try {
      return (await this.#tokens.recognise(token)).user;
    } catch (error) {
      throw error instanceof InvalidTokenError ? statusError.unauthorized() : error;
    }
  }

  #certified(socket: PeerSocket): Certified {
    const known = this.#bySocket.get(socket);
    if (known) return known.certified;
    const certified = fromCertificate(socket);
    this.#bySocket.set(socket, { certified });
    return certified;
  }
}

/** CN is the name, each O a group. */
function fromCertificate(socket: PeerSocket): Certified {
  const { subject, fingerprint256 = '' } = socket.getPeerCertificate();
  if (!subject) return undefined;
  const [name] = [subject.CN ?? []].flat();
  if (!socket.authorized || !name) return 'refused';
  const id = `X509SHA256=${fingerprint256.replaceAll(':', '').toLowerCase()}`;
  return authenticated(name, [subject.O ?? []].flat(), { extra: { [CREDENTIAL_ID]: [id] } });
}
