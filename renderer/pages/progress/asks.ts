import type { AppErrorShape } from '#common/base/app-error.ts';
import type { OperationProgress } from '#common/contract/cluster.ts';
import type { HostSecrets } from '#common/contract/host.ts';

/** A secret that machines cannot be got into without. */
export interface Ask {
  readonly secret: keyof HostSecrets;
  /** Whom it is for: several machines may be reached with one key. */
  readonly nodes: readonly string[];
  readonly error: AppErrorShape;
}

interface Failure {
  readonly node: string;
  readonly error: AppErrorShape;
}

/** What failed, node by node. What failed for the cluster as a whole counts for each of `nodes`. */
export function failuresOf(
  progress: OperationProgress | null | undefined,
  error: AppErrorShape | undefined,
  nodes: readonly string[],
): readonly Failure[] {
  const own = (progress?.steps ?? [])
    .flatMap((step) => step.nodes)
    .flatMap(({ node, state, error: failed }) => (state === 'failed' && failed ? [{ node, error: failed }] : []));
  if (own.length > 0) return own;
  return error ? nodes.map((node) => ({ node, error })) : [];
}

/** What is to be asked for after these failures: a passphrase once for each key, a password once for each machine. */
export function asksOf(failures: readonly Failure[]): readonly Ask[] {
  const asks = new Map<string, Ask>();
  for (const { node, error } of failures) {
    const secret = secretOf(error);
    if (!secret) continue;
    const key = `${secret} ${secret === 'passphrase' ? String(error.params.file) : node}`;
    const nodes = [...(asks.get(key)?.nodes ?? []), node];
    asks.set(key, { secret, nodes, error });
  }
  return [...asks.values()];
}

function secretOf({ code }: AppErrorShape): keyof HostSecrets | undefined {
  if (code === 'ssh-passphrase-needed') return 'passphrase';
  // Also what a wrong password leads to.
  if (code === 'sudo-password-needed' || code === 'sudo-denied') return 'sudoPassword';
  return undefined;
}
