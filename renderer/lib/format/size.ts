import type { Locale } from '#common/i18n/locale.ts';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** An amount of memory or disk in binary units: `1.5 GiB`. */
export function byteSize(bytes: number, locale: Locale): string {
  const step = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  const amount = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(bytes / 1_024 ** step);
  return `${amount} ${UNITS[step]!}`;
}
