import { statusError } from '#common/kube/status-error.ts';
import { ANONYMOUS, authenticated, type User } from './user.ts';

/** The part of a TLS socket that tells who is at the other end. */
export interface PeerSocket {
  /** The certificate that was shown, if any, comes from our authority. */
  readonly authorized: boolean;
  getPeerCertificate(): { subject?: { CN?: string | string[]; O?: string | string[] } };
}

/** Recognises bearer tokens of one kind: a user, or nothing when the token is not of its kind. */
export type TokenAuthenticator = (token: string) => User | undefined | Promise<User | undefined>;

/**
 * Who is at the other end: a client certificate from our authority, or a bearer token. Nothing at all
 * is anonymous; something wrong is refused.
 */
export class Authenticator {
  readonly #tokens: readonly TokenAuthenticator[];
  /** Reading a certificate costs more than answering a GET: once per connection. */
  readonly #bySocket = new WeakMap<PeerSocket, User | undefined>();

  constructor(tokens: readonly TokenAuthenticator[]) {
    this.#tokens = tokens;
  }

  async authenticate(socket: PeerSocket, authorization: string | undefined): Promise<User> {
    const certified = this.#certified(socket);
    if (certified) return certified;
    if (authorization === undefined) return ANONYMOUS;
    const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    if (token === undefined) return ANONYMOUS;
    for (const recognise of this.#tokens) {
      const user = await recognise(token);
      if (user) return user;
    }
    throw statusError.unauthorized();
  }

  #certified(socket: PeerSocket): User | undefined {
    if (this.#bySocket.has(socket)) return this.#bySocket.get(socket);
    const user = socket.authorized ? fromCertificate(socket) : undefined;
    this.#bySocket.set(socket, user);
    return user;
  }
}

/** CN is the name, each O a group. */
function fromCertificate(socket: PeerSocket): User | undefined {
  const { CN, O } = socket.getPeerCertificate().subject ?? {};
  const [name] = [CN ?? []].flat();
  return name ? authenticated(name, [O ?? []].flat()) : undefined;
}
