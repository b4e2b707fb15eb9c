/** IPv4 addresses as numbers, for ranges. */

export interface Ipv4Range {
  /** The network address. */
  readonly first: number;
  readonly bits: number;
}

export function parseIpv4(text: string): number | undefined {
  const parts = text.split('.').map(wholeNumber);
  if (parts.length !== 4 || !parts.every((part) => part !== undefined && part <= 255)) return undefined;
  return parts.reduce<number>((sum, part) => sum * 256 + part!, 0);
}

/** Without leading zeros, which some read as octal. */
function wholeNumber(text: string): number | undefined {
  return /^(0|[1-9]\d{0,2})$/.test(text) ? Number(text) : undefined;
}

export function formatIpv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

/** `10.96.0.0/16`; throws when it is not one. */
export function parseRange(text: string): Ipv4Range {
  const [address = '', bitsText = '', ...rest] = text.split('/');
  const bits = wholeNumber(bitsText);
  const parsed = parseIpv4(address);
  if (parsed === undefined || bits === undefined || bits > 32 || rest.length > 0) {
    throw new Error(`Not an IPv4 range: ${text}`);
  }
  const size = 2 ** (32 - bits);
  return { first: Math.floor(parsed / size) * size, bits };
}

export function formatRange(range: Ipv4Range): string {
  return `${formatIpv4(range.first)}/${range.bits}`;
}

export function rangeSize(range: Ipv4Range): number {
  return 2 ** (32 - range.bits);
}

export function rangeContains(range: Ipv4Range, address: number): boolean {
  return address >= range.first && address < range.first + rangeSize(range);
}

export function rangesOverlap(a: Ipv4Range, b: Ipv4Range): boolean {
  return rangeContains(a, b.first) || rangeContains(b, a.first);
}

/** The address at a place of the range, as text. */
export function addressAt(range: Ipv4Range, index: number): string {
  return formatIpv4(range.first + index);
}
