import { z } from 'zod';
import features from './features.json' with { type: 'json' };

const needsSchema = z.enum(['api', 'controller', 'pod', 'service-net', 'multi-node']);

/**
 * What a test of Kubernetes conformance needs: the API server alone, its controllers too, running
 * pods, the service network, or two nodes.
 */
export type Needs = z.infer<typeof needsSchema>;

export interface Feature {
  /** The special interest group of Kubernetes that it belongs to. */
  readonly area: string;
  readonly id: string;
  readonly title: string;
  /** How many of the conformance tests of Kubernetes v1.34 are about it, by what they need. */
  readonly lines: Readonly<Partial<Record<Needs, number>>>;
  /** How many of its lines the checks here do not cover so far, and what those need that is not there. */
  readonly missing?: Readonly<Partial<Record<Needs, MissingLines>>>;
}

const missingSchema = z.object({ lines: z.int().positive(), what: z.string() });
type MissingLines = z.infer<typeof missingSchema>;

/** The 424 conformance tests of Kubernetes v1.34, as 92 features. Checks name theirs: `[AM20] ...`. */
export const allFeatures: readonly Feature[] = z
  .array(
    z.object({
      area: z.string(),
      id: z.string().regex(/^[A-Z]{2}\d\d$/),
      title: z.string(),
      lines: z.partialRecord(needsSchema, z.int().positive()),
      missing: z.partialRecord(needsSchema, missingSchema).exactOptional(),
    }),
  )
  .parse(features);
