import { z } from 'zod';
import { statusError } from '#common/kube/status-error.ts';

/** Goes on with whatever is there now, when what was there then is forgotten. */
export const LATEST = -1;

export interface ContinuePoint {
  /** The revision of the first page, or `LATEST`. */
  readonly revision: number;
  /** The last name (`namespace/name`) of the page before. */
  readonly after: string;
}

const tokenSchema = z.object({
  v: z.literal('meta.k8s.io/v1'),
  rv: z.number().int().min(1).or(z.literal(LATEST)),
  start: z.string(),
});

/** An opaque text from which the next page of a list can be found. */
export function encodeContinue(point: ContinuePoint): string {
  const token = { v: 'meta.k8s.io/v1', rv: point.revision, start: point.after };
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

export function decodeContinue(text: string): ContinuePoint {
  try {
    const token = tokenSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    return { revision: token.rv, after: token.start };
  } catch {
    throw statusError.badRequest('continue key is not valid: the token could not be read');
  }
}
