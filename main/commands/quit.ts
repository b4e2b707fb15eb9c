import type { Command } from 'commander';
import { homeDirectory } from '../clusters/home.ts';
import { endInstance } from '../instance/end.ts';
import { Instance } from '../instance/instance.ts';
import { addCommand } from './command.ts';
import { printJson, printLine } from './output/output.ts';

/** `pilothouse quit`: ends the app that owns the home, if one does. */
export function addQuit(parent: Command): void {
  addCommand(parent, 'quit', 'ends the app; machines and what runs on them go on').action(
    async (given: { json?: boolean }) => {
      using instance = await Instance.find(homeDirectory(process.env));
      if (instance) await endInstance(instance);
      if (given.json === true) printJson({ ended: instance !== undefined });
      else printLine(instance ? 'Pilothouse has ended' : 'Pilothouse does not run');
    },
  );
}
