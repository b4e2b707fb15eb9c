import type { Messages } from '../messages.ts';

/** The messages of k8s.io/api, policy/v1 (Source: its generated.proto at 1.36). */
export const policyMessages: Messages = {
  'policy.v1.Eviction': '1 metadata, 2 deleteOptions',
};
