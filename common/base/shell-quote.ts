// What a POSIX shell reads as one plain word wherever it stands.
const PLAIN = /^[A-Za-z0-9_@%+:,./-]+$/;

/** One argument as a word of a POSIX shell, which never reads anything in it as syntax. */
export function quoteArgument(argument: string): string {
  // A shell cannot hold NUL in a word: it would cut the argument short without a sign.
  if (argument.includes('\0')) throw new RangeError('An argument cannot contain NUL');
  return PLAIN.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}

/** A list of arguments as one command of a POSIX shell. */
export function quoteCommand(argv: readonly string[]): string {
  return argv.map(quoteArgument).join(' ');
}
