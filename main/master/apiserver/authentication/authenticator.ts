import { statusError } from '#common/kube/status-error.ts';
import { ANONYMOUS, authenticated, type User } from './user.ts';

/** The part of a TLS socket that tells who is at the other end. */
export interface PeerSocket {
  /** The certificate that was shown, if any, comes from our authority. */
  readonly authorized: boolean;
  /** Empty when none was shown. */
  getPeerCertificate(): { subject?: Subject };
}

interface Subject {
  readonly CN?: string | string[];
  readonly O?: string | string[];
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
    const shown = this.#shown(socket);
    if (shown && shown !== ANONYMOUS) return shown;
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    const user = token === undefined ? shown : await this.#recognised(token);
    if (!user) throw statusError.unauthorized();
    return user;
  }

  async #recognised(token: string): Promise<User | undefined> {
    for (const recognise of this.#tokens) {
      const user = await recognise(token);
      if (user) return user;
    }
    return undefined;
  }

  /** Who the certificate says it is: anonymous when none was shown, nothing when it is not to be trusted. */
  #shown(socket: PeerSocket): User | undefined {
    if (this.#bySocket.has(socket)) return this.#bySocket.get(socket);
    const { subject } = socket.getPeerCertificate();
    const user = subject === undefined ? ANONYMOUS : socket.authorized ? named(subject) : undefined;
    this.#bySocket.set(socket, user);
    return user;
  }
}

/** CN is the name, each O a group. */
function named({ CN, O }: Subject): User | undefined {
  const [name] = [CN ?? []].flat();
  return name ? authenticated(name, [O ?? []].flat()) : undefined;
}
