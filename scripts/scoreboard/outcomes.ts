import { z } from 'zod';

/** How a check of a feature went. */
export interface Outcome {
  readonly feature: string;
  readonly title: string;
  readonly passed: boolean;
}

const reportSchema = z.object({
  testResults: z.array(
    z.object({
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

const FEATURE = /\[([A-Z]{2}\d\d)\]/g;

/** The checks in a suite's JSON report that name a feature: `[AM20] ...`. A skipped one has not passed. */
export function outcomesIn(report: unknown): Outcome[] {
  // Beside the suites' reports lie others, of figures.
  const { data } = reportSchema.safeParse(report);
  return (data?.testResults ?? [])
    .flatMap(({ assertionResults }) => assertionResults)
    .flatMap(({ fullName, status }) =>
      Array.from(fullName.matchAll(FEATURE), ([, feature = '']) => ({
        feature,
        title: fullName,
        passed: status === 'passed',
      })),
    );
}
