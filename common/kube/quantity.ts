/**
 * Resource quantities: `100m`, `1.5`, `2Gi`, `1e3` (apimachinery pkg/api/resource). Values are exact in
 * units of 10^-9; finer ones are rounded up, as upstream does.
 */
export interface Quantity {
  readonly nanos: bigint;
  readonly format: QuantityFormat;
}

export type QuantityFormat = 'BinarySI' | 'DecimalSI' | 'DecimalExponent';

export class QuantityError extends Error {
  override readonly name = 'QuantityError';

  constructor() {
    super("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
  }
}

const NANO = 1_000_000_000n;
const NANO_DIGITS = 9;
const MAXIMUM = (2n ** 63n - 1n) * NANO;
/** No amount needs more; reading millions of digits would take seconds. */
const LONGEST_TEXT = 1000;
const PARTS = /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?\d+)?$/;

const BINARY: readonly string[] = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const DECIMAL_SUFFIX: ReadonlyMap<number, string> = new Map(
  Object.entries(DECIMAL).map(([suffix, exponent]) => [exponent, suffix]),
);

/** Reads a quantity as JSON may hold it; throws `QuantityError`. */
export function parseQuantity(text: string | number): Quantity {
  const match = String(text).length > LONGEST_TEXT ? null : PARTS.exec(String(text));
  if (!match) throw new QuantityError();
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  if (whole === '' && fraction === '') throw new QuantityError();
  const digits = BigInt(whole + fraction);
  const binary = BINARY.indexOf(suffix);
  const isExponent = /^[eE][+-]?\d/.test(suffix);
  let nanos: bigint;
  if (binary > 0) nanos = scale(digits * 1024n ** BigInt(binary), NANO_DIGITS - fraction.length);
  else {
    const exponent = isExponent ? Number(suffix.slice(1)) : DECIMAL[suffix]!;
    // Far outside what fits: no need to compute it to know where it ends.
    if (exponent > 40 && digits > 0n) nanos = MAXIMUM;
    else nanos = exponent < -60 ? (digits > 0n ? 1n : 0n) : scale(digits, NANO_DIGITS + exponent - fraction.length);
  }
  if (nanos > MAXIMUM) nanos = MAXIMUM;
  const format = binary > 0 ? 'BinarySI' : isExponent ? 'DecimalExponent' : 'DecimalSI';
  return { nanos: sign === '-' ? -nanos : nanos, format };
}

/** The canonical text: no fraction, no precision lost, the largest suffix that allows both. */
function formatQuantity(quantity: Quantity): string {
  const { nanos } = quantity;
  if (nanos === 0n) return '0';
  const sign = nanos < 0n ? '-' : '';
  const size = nanos < 0n ? -nanos : nanos;
  if (quantity.format === 'BinarySI' && size >= 1024n * NANO) {
    let value = ceilDivide(size, NANO);
    let power = 0;
    while (value % 1024n === 0n && power < BINARY.length - 1) {
      value /= 1024n;
      power++;
    }
    return `${sign}${value}${BINARY[power]!}`;
  }
  let value = size;
  let exponent = -NANO_DIGITS;
  while (value % 1000n === 0n && exponent < 18) {
    value /= 1000n;
    exponent += 3;
  }
  if (quantity.format === 'DecimalExponent') return `${sign}${value}${exponent === 0 ? '' : `e${exponent}`}`;
  return `${sign}${value}${DECIMAL_SUFFIX.get(exponent)!}`;
}

/** The canonical form of a text. */
export function canonicalQuantity(text: string | number): string {
  return formatQuantity(parseQuantity(text));
}

/** In whole units, rounded up: bytes of memory, for example. */
export function quantityValue(quantity: Quantity): number {
  return Number(ceilDivide(quantity.nanos, NANO));
}

/** In thousandths, rounded up: CPU. */
export function milliValue(quantity: Quantity): number {
  return Number(ceilDivide(quantity.nanos, NANO / 1000n));
}

export function compareQuantities(left: Quantity, right: Quantity): number {
  return left.nanos < right.nanos ? -1 : left.nanos > right.nanos ? 1 : 0;
}

/** `digits` x 10^`exponent`, rounded up. */
function scale(digits: bigint, exponent: number): bigint {
  return exponent >= 0 ? digits * 10n ** BigInt(exponent) : ceilDivide(digits, 10n ** BigInt(-exponent));
}

/** Away from zero, as upstream rounds. */
function ceilDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  if (value % divisor === 0n) return quotient;
  return value > 0n ? quotient + 1n : quotient - 1n;
}
