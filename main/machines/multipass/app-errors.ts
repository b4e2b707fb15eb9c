import { freemem } from 'node:os';
import { AppError } from '#common/base/app-error.ts';
import type { MachineSpec } from '../provider.ts';
import { MultipassFailure } from './failure.ts';

const GIB = 2 ** 30;

/** Failures that concern Multipass as a whole, whatever was asked of it; others as `otherwise` has it. */
export function serviceError(error: unknown, otherwise: (failure: MultipassFailure) => AppError): unknown {
  if (!(error instanceof MultipassFailure)) return error;
  const { command, lines } = error;
  const detail = { command, lines, cause: error };
  switch (error.kind) {
    case 'daemon-down':
      return new AppError('multipass-daemon-down', detail);
    case 'access-denied':
      return new AppError('multipass-access-denied', detail);
    case 'not-authenticated':
      return new AppError('multipass-not-authenticated', detail);
    case 'hypervisor':
      return new AppError('hypervisor-unavailable', { params: { reason: reasonOf(error) }, ...detail });
    default:
      return otherwise(error);
  }
}

/** What is told when a machine could not be made. */
export function launchError(error: unknown, spec: MachineSpec, image: string): unknown {
  return serviceError(error, (failure) => {
    const { command, lines } = failure;
    const detail = { command, lines, cause: failure };
    const machine = spec.name;
    switch (failure.kind) {
      case 'name-taken':
        return new AppError('machine-name-taken', { params: { machine }, ...detail });
      case 'image':
        return new AppError('machine-image-missing', { params: { image }, ...detail });
      case 'download':
        return new AppError('machine-image-download-failed', {
          params: { image, reason: reasonOf(failure) },
          ...detail,
        });
      case 'disk':
        return new AppError('disk-short', { params: { path: 'Multipass', ...diskAmounts(failure) }, ...detail });
      case 'memory': {
        const params = { available: gibibytes(freemem()), needed: gibibytes(spec.memoryBytes) };
        return new AppError('memory-short', { params, ...detail });
      }
      case 'busy':
      case 'boot-timeout':
      case 'initialization-timeout':
      case 'client-timeout':
      case 'silent':
        return new AppError('machine-boot-timed-out', { params: { machine }, ...detail });
      default:
        return new AppError('machine-create-failed', { params: { machine }, ...detail });
    }
  });
}

/** What is told when the state of a machine could not be changed or read. */
export function changeError(error: unknown, machine: string): unknown {
  return serviceError(error, ({ kind, command, lines }) => {
    const detail = { command, lines, cause: error };
    switch (kind) {
      case 'silent':
        return new AppError('multipass-not-responding', { params: { command }, ...detail });
      case 'not-found':
      case 'deleted':
        return new AppError('machine-missing', { params: { machine }, ...detail });
      case 'boot-timeout':
      case 'client-timeout':
        return new AppError('machine-boot-timed-out', { params: { machine }, ...detail });
      default:
        return new AppError('machine-start-failed', { params: { machine }, ...detail });
    }
  });
}

/** What is told when Multipass as such did not answer a question. */
export function questionError(error: unknown): unknown {
  return serviceError(error, ({ command, lines }) => {
    return new AppError('multipass-not-responding', { params: { command }, command, lines, cause: error });
  });
}

/** The message without the words that every failure begins with. */
function reasonOf({ lines }: MultipassFailure): string {
  const told = lines.find((line) => / failed: /.test(line)) ?? lines.at(-1) ?? '';
  return told.replace(/^.*? failed: /, '').trim();
}

function diskAmounts({ lines }: MultipassFailure): { available: string; needed: string } {
  const [available = 0, needed = 0] = [...lines.join(' ').matchAll(/\((\d+) bytes\)/g)].map(([, bytes]) =>
    Number(bytes),
  );
  return { available: gibibytes(available), needed: gibibytes(needed) };
}

function gibibytes(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}
