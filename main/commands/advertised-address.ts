import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';

/** Anywhere that is not on a link of this host: nothing is ever sent there (RFC 5737). */
const ELSEWHERE = '192.0.2.1';

/**
 * Where others reach what listens on `host`: that address itself, or for loopback and all addresses the one from
 * which this computer talks to others (upstream's --advertise-address). Nothing where there is no such address.
 */
export async function advertisedAddress(host: string): Promise<string | undefined> {
  if (isIPv4(host) && host !== '0.0.0.0' && !host.startsWith('127.')) return host;
  const socket = createSocket('udp4');
  try {
    const connected = once(socket, 'connect');
    socket.connect(9, ELSEWHERE);
    await connected;
    const { address } = socket.address();
    return address.startsWith('127.') ? undefined : address;
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}
