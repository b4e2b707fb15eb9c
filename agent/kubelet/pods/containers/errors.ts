/** A container cannot be started yet: shown as its waiting state until it can. */
export class ContainerWaiting extends Error {
  override readonly name: string = 'ContainerWaiting';
  /** The waiting state's reason: `CrashLoopBackOff`, `ErrImagePull`, ... */
  readonly reason: string;

  constructor(reason: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}

/** The container's configuration refers to something that is not there, or that is not allowed. */
export class CreateContainerConfigError extends ContainerWaiting {
  override readonly name = 'CreateContainerConfigError';

  constructor(message: string, cause?: unknown) {
    super('CreateContainerConfigError', message, cause);
  }
}
