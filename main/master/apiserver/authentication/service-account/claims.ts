import { z } from 'zod';

const referenceSchema = z.object({ name: z.string().min(1), uid: z.string().min(1) });

/** A live object that a token ends with. */
export type Reference = z.infer<typeof referenceSchema>;

/** What a bound token says (KEP-1205, KEP-4193). Times are in seconds since the epoch. */
export const claimsSchema = z.object({
  iss: z.string(),
  sub: z.string(),
  aud: z.array(z.string()).min(1),
  iat: z.number(),
  nbf: z.number(),
  exp: z.number(),
  jti: z.string().min(1),
  'kubernetes.io': z.object({
    namespace: z.string().min(1),
    serviceaccount: referenceSchema,
    pod: referenceSchema.optional(),
    secret: referenceSchema.optional(),
    /** Where its pod runs: told, and binding only where there is no pod. A node may not be there yet. */
    node: z.object({ name: z.string().min(1), uid: z.string().min(1).optional() }).optional(),
    /** Bearers who come after this did not read their token anew. */
    warnafter: z.number().optional(),
  }),
});

export type ServiceAccountClaims = z.infer<typeof claimsSchema>;
