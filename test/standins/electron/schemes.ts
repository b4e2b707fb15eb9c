const SUFFIX = '.standin.invalid';

/** Chromium knows no schemes of an app's own: each gets a host that no name server will ever answer for. */
export function toBrowserUrl(url: string, schemes: ReadonlySet<string>): string {
  const parsed = new URL(url);
  const scheme = parsed.protocol.slice(0, -1);
  if (!schemes.has(scheme)) return url;
  return `https://${parsed.host}.${scheme}${SUFFIX}${parsed.pathname}${parsed.search}${parsed.hash}`;
}

export function toAppUrl(url: string): string {
  const parsed = URL.parse(url);
  if (!parsed?.hostname.endsWith(SUFFIX)) return url;
  const names = parsed.hostname.slice(0, -SUFFIX.length).split('.');
  const scheme = names.pop()!;
  return `${scheme}://${names.join('.')}${parsed.pathname}${parsed.search}${parsed.hash}`;
}
