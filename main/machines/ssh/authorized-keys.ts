import type { CommandOptions, CommandResult } from '../../install/ssh-command.ts';
import type { MachineName } from '../provider.ts';

type Run = (argv: readonly string[], options: CommandOptions) => Promise<CommandResult>;

/** Ends our line in an authorized_keys file, and no other. */
const markOf = (machine: MachineName): string => `pilothouse[${machine}]`;

// Each change takes effect in one move, and the line itself tells what was made for it: so a run that was cut off
// leaves nothing that a later one would mistake for the user's.
const ADD = `set -eu
cd "$(getent passwd "$1" | cut -d: -f6)"
umask 077
if [ ! -e .ssh ]; then
  rm -rf .ssh.pilothouse
  mkdir .ssh.pilothouse
  printf '%s made-directory %s\n' "$2" "$3" > .ssh.pilothouse/authorized_keys
  mv -T .ssh.pilothouse .ssh
elif [ ! -e .ssh/authorized_keys ]; then
  printf '%s made-file %s\n' "$2" "$3" > .ssh/authorized_keys.pilothouse
  mv -T .ssh/authorized_keys.pilothouse .ssh/authorized_keys
elif ! grep -qF -- "$3" .ssh/authorized_keys; then
  if [ -n "$(tail -c 1 .ssh/authorized_keys)" ]; then echo >> .ssh/authorized_keys; fi
  printf '%s %s\n' "$2" "$3" >> .ssh/authorized_keys
fi
`;

const REMOVE = `set -eu
cd "$(getent passwd "$1" | cut -d: -f6)"
rm -rf .ssh.pilothouse .ssh/authorized_keys.pilothouse
[ -e .ssh/authorized_keys ] || exit 0
file=$(readlink -f .ssh/authorized_keys)
line=$(grep -F -- "$2" "$file" | tail -n 1)
[ -n "$line" ] || exit 0
cp -p "$file" "$file.pilothouse"
grep -vF -- "$2" "$file" > "$file.pilothouse" || true
if [ -s "$file.pilothouse" ]; then mv -T "$file.pilothouse" "$file"; exit 0; fi
case "$line" in
  *' made-'*) rm -f "$file" "$file.pilothouse" ;;
  *) mv -T "$file.pilothouse" "$file" ;;
esac
case "$line" in *' made-directory '*) rmdir --ignore-fail-on-non-empty .ssh ;; esac
`;

/** Lets whoever has the key log in as `user`. `run` acts as that user, or as root for root. Idempotent. */
export async function addKey(
  run: Run,
  user: string,
  publicKey: string,
  machine: MachineName,
  signal: AbortSignal,
): Promise<void> {
  const key = publicKey.trim().split(/\s+/).slice(0, 2).join(' ');
  await run(['sh', '-c', ADD, 'sh', user, key, markOf(machine)], { signal });
}

/** Undoes `addKey`, and only that. `run` acts as root or as the user. Idempotent. */
export async function removeKey(run: Run, user: string, machine: MachineName, signal: AbortSignal): Promise<void> {
  await run(['sh', '-c', REMOVE, 'sh', user, markOf(machine)], { signal });
}
