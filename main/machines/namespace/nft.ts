import { AppError } from '#common/base/app-error.ts';
import { runTool, ToolError } from '../host-tool.ts';

/** nftables, wherever its program runs. */
export interface Nft {
  /** Runs `nft` with these arguments and gives its output. */
  run(args: readonly string[], input?: string): Promise<string>;
}

/** The host's own nft, or else the one in the base image: the kernel's side of it is the same. */
export function hostNft(image: string, signal: AbortSignal): Nft {
  return {
    run: async (args, input) => {
      const options = { signal, ...(input === undefined ? {} : { input }) };
      try {
        return await runTool('nft', args, options);
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'tool-missing') throw error;
        return runTool('chroot', [image, '/usr/sbin/nft', ...args], options);
      }
    },
  };
}

/** The output of an nft command that fails when what it asks for does not exist; undefined then. */
export async function ifThere(output: Promise<string>): Promise<string | undefined> {
  try {
    return await output;
  } catch (error) {
    if (error instanceof ToolError) return undefined;
    throw error;
  }
}
