import type { Finding } from '#common/contract/finding.ts';

/** Findings in their order, those of each machine together; this computer's have no host. */
export function byHost(findings: readonly Finding[]): readonly (readonly [string | undefined, readonly Finding[]])[] {
  return [...Map.groupBy(findings, ({ host }) => host)];
}
