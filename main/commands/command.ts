import type { Command } from 'commander';
import type { z } from 'zod';
import { homeDirectory } from '../clusters/home.ts';
import type { Instance } from '../instance/instance.ts';
import { openInstance } from '../instance/start-detached.ts';
import { parseOptions } from './bad-use.ts';

/**
 * Makes a command that speaks with the app which owns the home, starting it where none runs. `schema` reads the
 * command's options and its arguments alike, by their names.
 */
export function withInstance<S extends z.ZodType>(
  schema: S,
  run: (instance: Instance, options: z.output<S>) => Promise<void>,
): (this: Command) => Promise<void> {
  return async function () {
    const options = parseOptions(schema, { ...this.opts(), ...namedArguments(this) });
    using instance = await openInstance(homeDirectory(process.env));
    await run(instance, options);
  };
}

export function namedArguments(command: Command): Record<string, unknown> {
  const entries = command.registeredArguments.map((argument, index) => [
    argument.name(),
    command.processedArgs[index] as unknown,
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}

/** One command with what all have. */
export function addCommand(parent: Command, usage: string, description: string): Command {
  return parent.command(usage).description(description).option('--json', 'prints JSON, for programs');
}
