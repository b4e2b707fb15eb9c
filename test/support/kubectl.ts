import { execa, type Result } from 'execa';
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';

/** The real kubectl: the newest that lies beside the one on the PATH, or that one. */
export function findKubectl(version = '1.33'): string {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  const found = folders.map((folder) => path.join(folder, 'kubectl')).find((file) => existsSync(file));
  if (found === undefined) throw new Error('There is no kubectl in PATH: install it (kubernetes-client).');
  const sibling = path.join(path.dirname(realpathSync(found)), `kubectl.${version}`);
  return existsSync(sibling) ? sibling : found;
}

export interface Kubectl {
  /** Runs kubectl; a failure is thrown with what it said. */
  (args: readonly string[], options?: { readonly input?: string }): Promise<string>;
  /** The same, without throwing. */
  try(args: readonly string[], options?: { readonly input?: string }): Promise<Result>;
}

export function kubectlFor(kubeconfig: string, binary = findKubectl()): Kubectl {
  const run = async (args: readonly string[], options: { readonly input?: string } = {}): Promise<Result> =>
    execa(binary, args, {
      reject: false,
      // Its cache must not outlive the test, nor be another's.
      env: { KUBECONFIG: kubeconfig, KUBECACHEDIR: `${kubeconfig}.cache`, HOME: path.dirname(kubeconfig) },
      ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    });
  return Object.assign(
    async (args: readonly string[], options?: { readonly input?: string }): Promise<string> => {
      const { exitCode, stdout, stderr } = await run(args, options);
      if (exitCode !== 0) throw new Error(`kubectl ${args.join(' ')}: ${String(stderr)}`);
      return String(stdout);
    },
    { try: run },
  );
}
