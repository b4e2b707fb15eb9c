import type { Messages } from '../messages.ts';

/** The messages of k8s.io/api, coordination/v1 (Source: its generated.proto at 1.36). */
export const coordinationMessages: Messages = {
  'coordination.v1.Lease': '1 metadata, 2 spec',
  'coordination.v1.LeaseSpec':
    '1 holderIdentity*, 2 leaseDurationSeconds*, 3 acquireTime, 4 renewTime, 5 leaseTransitions*, 6 strategy*, 7 preferredHolder*',
};
