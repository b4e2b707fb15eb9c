import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { findLayout, type Layout } from '../layout.ts';
import { runServe } from './serve.ts';

/** `pilothouse`: the app in its own window, or in a browser where there is no display or no Electron. */
export async function runOpen(given: unknown): Promise<void> {
  const layout = findLayout();
  const electron = findElectron(layout);
  if (electron === undefined || !hasDisplay()) {
    await runServe(given);
    return;
  }
  const window = spawn(electron, [layout.root], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => window.kill(signal));
  process.exitCode = await new Promise<number>((resolve, reject) => {
    window.once('error', reject);
    window.once('exit', (code) => resolve(code ?? 0));
  });
}

/** The binary that the electron package has downloaded, if it has. */
function findElectron(layout: Layout): string | undefined {
  const folder = path.join(layout.root, 'node_modules/electron');
  const note = path.join(folder, 'path.txt');
  if (!existsSync(note)) return undefined;
  const binary = path.join(folder, 'dist', readFileSync(note, 'utf8').trim());
  return existsSync(binary) ? binary : undefined;
}

function hasDisplay(): boolean {
  if (process.platform !== 'linux') return true;
  return Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']);
}
