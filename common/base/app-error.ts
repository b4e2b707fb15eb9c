import { z } from 'zod';
import { errorCodeSchema, type ErrorCode } from './error-codes.ts';

/** An `AppError` as it crosses a door: IPC, the journal, --json. */
export const appErrorShape = z.object({
  code: errorCodeSchema,
  /** Fill the places in the catalogue's texts. */
  params: z.record(z.string(), z.union([z.string(), z.number()])),
  /** What was run last and what it printed, for the report. */
  command: z.string().optional(),
  lines: z.array(z.string()).optional(),
});

export type AppErrorShape = z.infer<typeof appErrorShape>;

export interface AppErrorDetail {
  readonly params?: Readonly<Record<string, string | number>>;
  readonly command?: string;
  readonly lines?: readonly string[];
  readonly cause?: unknown;
}

/** What a person is told when something of the app fails; its texts stand in the catalogue, by code. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly params: Readonly<Record<string, string | number>>;
  readonly command: string | undefined;
  readonly lines: readonly string[];

  constructor(code: ErrorCode, detail: AppErrorDetail = {}) {
    const params = detail.params ?? {};
    super(`${code} ${JSON.stringify(params)}`, { cause: detail.cause });
    this.code = code;
    this.params = params;
    this.command = detail.command;
    this.lines = detail.lines ?? [];
  }

  toShape(): AppErrorShape {
    return {
      code: this.code,
      params: { ...this.params },
      ...(this.command === undefined ? {} : { command: this.command }),
      ...(this.lines.length === 0 ? {} : { lines: [...this.lines] }),
    };
  }

  static fromShape(shape: AppErrorShape): AppError {
    return new AppError(shape.code, shape);
  }

  /** Any failure as an AppError: cancellations by name, unknown ones as `internal` with their text. */
  static from(error: unknown): AppError {
    if (error instanceof AppError) return error;
    if (error instanceof Error && error.name === 'AbortError') return new AppError('cancelled', { cause: error });
    const message = error instanceof Error ? error.message : String(error);
    return new AppError('internal', { params: { message }, cause: error });
  }
}
