/** How a command ends badly. `plain` texts stand alone; others follow `<command> failed: `. */
export class CommandFailure extends Error {
  readonly exitCode: number;
  readonly form: 'command' | 'plain';

  constructor(exitCode: number, message: string, form: 'command' | 'plain' = 'command') {
    super(message);
    this.exitCode = exitCode;
    this.form = form;
  }
}

/** What the daemon says of instances that are not there. */
export function doesNotExist(...names: readonly string[]): CommandFailure {
  const lines = names.map((name) => `instance "${name}" does not exist`);
  return new CommandFailure(2, ['The following errors occurred:', ...lines].join('\n'));
}
