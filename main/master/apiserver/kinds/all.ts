import type { Kind } from '../kind.ts';
import { localSubjectAccessReviewKind } from './authorization/local-subject-access-review.ts';
import { selfSubjectAccessReviewKind } from './authorization/self-subject-access-review.ts';
import { selfSubjectRulesReviewKind } from './authorization/self-subject-rules-review.ts';
import { subjectAccessReviewKind } from './authorization/subject-access-review.ts';
import { selfSubjectReviewBetaKind, selfSubjectReviewKind } from './authentication/self-subject-review.ts';
import { tokenReviewKind } from './authentication/token-review.ts';
import { certificateSigningRequestKind } from './certificates/certificate-signing-request.ts';
import { leaseKind } from './coordination/lease.ts';
import { configMapKind } from './core/config-map.ts';
import { endpointsKind } from './core/endpoints.ts';
import { eventKind } from './core/event.ts';
import { namespaceKind } from './core/namespace.ts';
import { nodeKind } from './core/node/node.ts';
import { podKind } from './core/pod/pod.ts';
import { replicationControllerKind } from './core/replication-controller.ts';
import { secretKind } from './core/secret.ts';
import { serviceKind } from './core/service/service.ts';
import { serviceAccountKind } from './core/service-account/service-account.ts';
import { endpointSliceKind } from './discovery/endpoint-slice.ts';
import { clusterRoleBindingKind } from './rbac/cluster-role-binding.ts';
import { clusterRoleKind } from './rbac/cluster-role.ts';
import { roleBindingKind } from './rbac/role-binding.ts';
import { roleKind } from './rbac/role.ts';

/** Every built-in kind. The one place where a kind's own type is set aside for the generic handlers. */
export const builtInKinds: readonly Kind[] = [
  configMapKind,
  endpointsKind,
  eventKind,
  namespaceKind,
  nodeKind,
  podKind,
  replicationControllerKind,
  secretKind,
  serviceKind,
  localSubjectAccessReviewKind,
  selfSubjectAccessReviewKind,
  selfSubjectRulesReviewKind,
  subjectAccessReviewKind,
  serviceAccountKind,
  selfSubjectReviewKind,
  selfSubjectReviewBetaKind,
  tokenReviewKind,
  certificateSigningRequestKind,
  leaseKind,
  endpointSliceKind,
  clusterRoleKind,
  clusterRoleBindingKind,
  roleKind,
  roleBindingKind,
] as unknown as readonly Kind[];
