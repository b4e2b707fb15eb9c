import { execa, ExecaError } from 'execa';
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '#common/base/app-error.ts';
import { quoteCommand } from '#common/base/shell-quote.ts';

/** Where system tools lie; a desktop session's own PATH often leaves out the sbin directories. */
const TOOL_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The packages (Debian, Ubuntu) that the tools come from. */
const PACKAGES = {
  mmdebstrap: 'mmdebstrap',
  ip: 'iproute2',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  flock: 'util-linux',
  mount: 'mount',
  cp: 'coreutils',
  rm: 'coreutils',
  chroot: 'coreutils',
  'apt-get': 'apt',
  'apt-config': 'apt',
  nft: 'nftables',
} as const;

export type HostTool = keyof typeof PACKAGES;

export const packageOf = (tool: HostTool): string => PACKAGES[tool];

/** English messages and nothing of the caller's environment, so that output can be parsed. */
export const toolEnvironment: Readonly<Record<string, string>> = { PATH: TOOL_PATH, LC_ALL: 'C.UTF-8', HOME: '/root' };

export interface ToolOptions {
  readonly input?: string;
  readonly signal?: AbortSignal;
  /** Added to the tools' own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Hears every line of both streams as it is printed. */
  readonly onLine?: (line: string) => void;
}

/**
 * Runs a tool of this host to its end and gives its standard output.
 * Fails with `tool-missing`, with `AbortError`, or with a `ToolError` that carries what it printed.
 */
export async function runTool(tool: HostTool, args: readonly string[], options: ToolOptions = {}): Promise<string> {
  const child = execa(tool, args, {
    all: true,
    env: { ...toolEnvironment, ...options.env },
    extendEnv: false,
    stdin: options.input === undefined ? 'ignore' : 'pipe',
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    forceKillAfterDelay: 2_000,
    maxBuffer: 32 * 2 ** 20,
  });
  try {
    if (options.onLine) {
      for await (const line of child.iterable({ from: 'all' })) options.onLine(line);
    }
    return (await child).stdout;
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof ExecaError && error.code === 'ENOENT') {
      throw missingTool(tool, error);
    }
    throw new ToolError(tool, args, error);
  }
}

/** A tool that ended with a failure; whoever knows what it was for turns it into an AppError. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
  readonly command: string;
  /** The last lines of both streams, in the order they came. */
  readonly lines: readonly string[];

  constructor(tool: string, args: readonly string[], cause: unknown) {
    const command = quoteCommand([tool, ...args]);
    const printed = cause instanceof ExecaError && typeof cause.all === 'string' ? cause.all : '';
    const lines = printed.split('\n').filter((line) => line.trim() !== '');
    super(`${command}: ${lines.at(-1) ?? String(cause)}`, { cause });
    this.command = command;
    this.lines = lines.slice(-20);
  }
}

/** Fails with `tool-missing` for the first of these that is not installed. */
export async function requireTools(tools: readonly HostTool[]): Promise<void> {
  for (const tool of tools) {
    if ((await findTool(tool)) === undefined) throw missingTool(tool);
  }
}

function missingTool(tool: HostTool, cause?: unknown): AppError {
  return new AppError('tool-missing', { params: { tool, package: PACKAGES[tool] }, cause });
}

/** The file of a tool, when it is installed. */
export async function findTool(tool: HostTool): Promise<string | undefined> {
  for (const directory of TOOL_PATH.split(':')) {
    const file = path.join(directory, tool);
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return file;
  }
  return undefined;
}
