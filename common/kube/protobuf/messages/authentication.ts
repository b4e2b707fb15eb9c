import type { Messages } from '../messages.ts';

/** The messages of k8s.io/api, authentication/v1 (Source: its generated.proto at 1.36). */
export const authenticationMessages: Messages = {
  'authentication.v1.BoundObjectReference': '1 kind, 2 apiVersion, 3 name, 4 uid',
  'authentication.v1.SelfSubjectReview': '1 metadata, 2 status',
  'authentication.v1.SelfSubjectReviewStatus': '1 userInfo',
  'authentication.v1.TokenRequest': '1 metadata, 2 spec, 3 status',
  'authentication.v1.TokenRequestSpec': '1 audiences, 3 boundObjectRef, 4 expirationSeconds*',
  'authentication.v1.TokenRequestStatus': '1 token*, 2 expirationTimestamp',
  'authentication.v1.TokenReview': '1 metadata, 2 spec, 3 status',
  'authentication.v1.TokenReviewSpec': '1 token, 2 audiences',
  'authentication.v1.TokenReviewStatus': '1 authenticated, 2 user, 3 error, 4 audiences',
  'authentication.v1.UserInfo': '1 username, 2 uid, 3 groups, 4 extra',
};
