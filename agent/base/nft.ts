import { runCommand } from './command.ts';

/** Runs one nftables transaction: all of it takes effect at once, or nothing of it. */
export async function runNft(script: string): Promise<void> {
  await runCommand('nft', ['-f', '-'], { input: script });
}

/** Removes a table with all its rules; one that is not there is no error. */
export async function removeNftTable(family: 'ip', name: string): Promise<void> {
  // To add a table that is there does nothing: so there is always one to delete.
  await runNft(`table ${family} ${name}\ndelete table ${family} ${name}\n`);
}
