import { fakeBackend } from './fake-backend.ts';
import type { Instance } from './instances.ts';
import type { Settings } from './settings.ts';

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What instances are made of. */
export interface Backend {
  /** Makes the machine and applies its cloud-config. */
  create(instance: Instance): Promise<void>;
  /** Starts it, and gives its address. */
  start(instance: Instance): Promise<string>;
  stop(instance: Instance): Promise<void>;
  delete(instance: Instance): Promise<void>;
  /** Runs a program in a running instance, as the user ubuntu. */
  exec(instance: Instance, argv: readonly string[]): Promise<ExecResult>;
}

/** The one with real machines is loaded only where it is used: it costs every client's start. */
export async function openBackend(directory: string, settings: Settings): Promise<Backend> {
  if (settings.backend.kind === 'fake') return fakeBackend(settings);
  const { namespaceBackend } = await import('./namespace-backend.ts');
  return namespaceBackend(directory, settings.backend);
}
