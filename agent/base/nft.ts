import { runCommand } from './command.ts';

/** Runs one nftables transaction: all of it takes effect at once, or nothing of it. */
export async function runNft(script: string): Promise<void> {
  await runCommand('nft', ['-f', '-'], { input: script });
}
