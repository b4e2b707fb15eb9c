/** What kinds of failure the client tells of. Source: the messages of Multipass 1.14 to 1.17. */
export type FailureKind =
  | 'access-denied'
  | 'argument'
  | 'boot-timeout'
  | 'busy'
  | 'client-timeout'
  | 'daemon-down'
  | 'deleted'
  | 'disk'
  | 'download'
  | 'hypervisor'
  | 'image'
  | 'initialization-timeout'
  | 'memory'
  | 'name-taken'
  | 'needs-force'
  | 'not-authenticated'
  | 'not-found'
  | 'other'
  | 'silent'
  | 'unknown-state';

/** A command of the client that ended with a failure, or that we ended because nothing came of it. */
export class MultipassFailure extends Error {
  override readonly name = 'MultipassFailure';
  readonly kind: FailureKind;
  readonly command: string;
  /** What it printed last, on both streams. */
  readonly lines: readonly string[];

  constructor(kind: FailureKind, command: string, lines: readonly string[]) {
    super(`${command}: ${kind}: ${lines.at(-1) ?? 'no output'}`);
    this.kind = kind;
    this.command = command;
    this.lines = lines;
  }

  /** Whether the instance may be alive although the command failed. */
  get isTimeout(): boolean {
    return ['boot-timeout', 'initialization-timeout', 'client-timeout', 'silent'].includes(this.kind);
  }
}

export function isFailure(error: unknown, ...kinds: readonly FailureKind[]): error is MultipassFailure {
  return error instanceof MultipassFailure && (kinds.length === 0 || kinds.includes(error.kind));
}

/** The client's own `--timeout` ended the command; the daemon goes on. */
const CLIENT_TIMEOUT = 5;

/** In this order: the words of the later ones also stand in texts of the earlier ones. */
const PATTERNS: readonly (readonly [FailureKind, RegExp])[] = [
  ['access-denied', /socket access denied/i],
  ['daemon-down', /cannot connect to the multipass socket/i],
  ['not-authenticated', /not authenticated/i],
  ['memory', /Not enough memory|Cannot allocate memory/i],
  ['disk', /Available disk|below minimum for this image/i],
  ['image', /Unable to find an image|Too many images|is unknown or unreachable/i],
  ['download', /failed to download|hash does not match/i],
  ['initialization-timeout', /timed out waiting for initialization/i],
  ['boot-timeout', /timed out waiting for response/i],
  ['name-taken', /instance \S+ already exists/i],
  ['busy', /is being prepared/i],
  ['deleted', /instance \S+ is deleted/i],
  ['not-found', /instance \S+ does not exist/i],
  ['unknown-state', /in (?:an )?unknown state/i],
  ['needs-force', /Use --force|while starting\b/i],
  ['argument', /Invalid .* supplied|Invalid setting|not a valid memory size/i],
  ['hypervisor', /KVM|Hyper-V|virtuali[sz]ation|virtual machine manager/i],
];

/** The kind of a command's failure. `name` is the instance's: it may hold any word, so it is not looked at. */
export function classify(exitCode: number, stderr: string, name?: string): FailureKind {
  if (exitCode === CLIENT_TIMEOUT) return 'client-timeout';
  const text = name === undefined ? stderr : stderr.replaceAll(name, 'NAME');
  return PATTERNS.find(([, pattern]) => pattern.test(text))?.[0] ?? 'other';
}
