/** Longer addresses are nobody's link. */
const MAX_LENGTH = 2_048;
const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Whether the user's browser may be sent to an address: HTTP on this computer, or on a node of one of
 * the user's own clusters. Addresses come from the cluster's data, which is not to be trusted.
 */
export function isOwnAddress(address: string, nodeAddresses: ReadonlySet<string>): boolean {
  const url = address.length > MAX_LENGTH ? null : URL.parse(address);
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) return false;
  if (url.username !== '' || url.password !== '') return false;
  return LOOPBACK.has(url.hostname) || nodeAddresses.has(url.hostname);
}
