import type { IConfigMap } from 'kubernetes-models/v1/ConfigMap';
import type { IEndpoints } from 'kubernetes-models/v1/Endpoints';
import type { IEvent } from 'kubernetes-models/v1/Event';
import type { INamespace } from 'kubernetes-models/v1/Namespace';
import type { INode } from 'kubernetes-models/v1/Node';
import type { IPod } from 'kubernetes-models/v1/Pod';
import type { IReplicationController } from 'kubernetes-models/v1/ReplicationController';
import type { ISecret } from 'kubernetes-models/v1/Secret';
import type { IService } from 'kubernetes-models/v1/Service';
import type { IServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import type { ISelfSubjectReview } from 'kubernetes-models/authentication.k8s.io/v1/SelfSubjectReview';
import type { ITokenRequest } from 'kubernetes-models/authentication.k8s.io/v1/TokenRequest';
import type { ITokenReview } from 'kubernetes-models/authentication.k8s.io/v1/TokenReview';
import type { ICertificateSigningRequest } from 'kubernetes-models/certificates.k8s.io/v1/CertificateSigningRequest';
import type { ILease } from 'kubernetes-models/coordination.k8s.io/v1/Lease';
import type { IEndpointSlice } from 'kubernetes-models/discovery.k8s.io/v1/EndpointSlice';
import type { ILocalSubjectAccessReview } from 'kubernetes-models/authorization.k8s.io/v1/LocalSubjectAccessReview';
import type { ISelfSubjectAccessReview } from 'kubernetes-models/authorization.k8s.io/v1/SelfSubjectAccessReview';
import type { ISelfSubjectRulesReview } from 'kubernetes-models/authorization.k8s.io/v1/SelfSubjectRulesReview';
import type { ISubjectAccessReview } from 'kubernetes-models/authorization.k8s.io/v1/SubjectAccessReview';
import type { IClusterRole } from 'kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRole';
import type { IClusterRoleBinding } from 'kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRoleBinding';
import type { IRole } from 'kubernetes-models/rbac.authorization.k8s.io/v1/Role';
import type { IRoleBinding } from 'kubernetes-models/rbac.authorization.k8s.io/v1/RoleBinding';
import type { KubeObject } from './object.ts';

/** Names one kind of object on the API, and carries its type for `Client`. */
export interface Resource<T extends KubeObject = KubeObject> {
  readonly group: string;
  readonly version: string;
  /** Lower-case plural, as in URLs. */
  readonly plural: string;
  readonly kind: T['kind'];
  readonly namespaced: boolean;
}

function resource<T extends KubeObject>(
  group: string,
  version: string,
  plural: string,
  kind: T['kind'],
  scope: 'Namespaced' | 'Cluster' = 'Namespaced',
): Resource<T> {
  return Object.freeze({ group, version, plural, kind, namespaced: scope === 'Namespaced' });
}

export type ConfigMap = IConfigMap;
export type Endpoints = IEndpoints;
export type Event = IEvent;
export type Namespace = INamespace;
export type Node = INode;
export type Pod = IPod;
export type ReplicationController = IReplicationController;
export type Secret = ISecret;
export type Service = IService;
export type ServiceAccount = IServiceAccount;
/** The body of `serviceaccounts/token`. */
export type TokenRequest = ITokenRequest;
export type TokenReview = ITokenReview;
export type SelfSubjectReview = ISelfSubjectReview;
export type CertificateSigningRequest = ICertificateSigningRequest;
export type Lease = ILease;
export type EndpointSlice = IEndpointSlice;
export type Role = IRole;
export type ClusterRole = IClusterRole;
export type RoleBinding = IRoleBinding;
export type ClusterRoleBinding = IClusterRoleBinding;
export type SubjectAccessReview = ISubjectAccessReview;
export type LocalSubjectAccessReview = ILocalSubjectAccessReview;
export type SelfSubjectAccessReview = ISelfSubjectAccessReview;
export type SelfSubjectRulesReview = ISelfSubjectRulesReview;

export const configMaps = resource<ConfigMap>('', 'v1', 'configmaps', 'ConfigMap');
export const endpoints = resource<Endpoints>('', 'v1', 'endpoints', 'Endpoints');
export const events = resource<Event>('', 'v1', 'events', 'Event');
export const namespaces = resource<Namespace>('', 'v1', 'namespaces', 'Namespace', 'Cluster');
export const nodes = resource<Node>('', 'v1', 'nodes', 'Node', 'Cluster');
export const pods = resource<Pod>('', 'v1', 'pods', 'Pod');
export const replicationControllers = resource<ReplicationController>(
  '',
  'v1',
  'replicationcontrollers',
  'ReplicationController',
);
export const secrets = resource<Secret>('', 'v1', 'secrets', 'Secret');
export const services = resource<Service>('', 'v1', 'services', 'Service');
export const serviceAccounts = resource<ServiceAccount>('', 'v1', 'serviceaccounts', 'ServiceAccount');
export const tokenReviews = resource<TokenReview>(
  'authentication.k8s.io',
  'v1',
  'tokenreviews',
  'TokenReview',
  'Cluster',
);
export const selfSubjectReviews = resource<SelfSubjectReview>(
  'authentication.k8s.io',
  'v1',
  'selfsubjectreviews',
  'SelfSubjectReview',
  'Cluster',
);
export const certificateSigningRequests = resource<CertificateSigningRequest>(
  'certificates.k8s.io',
  'v1',
  'certificatesigningrequests',
  'CertificateSigningRequest',
  'Cluster',
);
export const leases = resource<Lease>('coordination.k8s.io', 'v1', 'leases', 'Lease');
export const endpointSlices = resource<EndpointSlice>('discovery.k8s.io', 'v1', 'endpointslices', 'EndpointSlice');

const RBAC = 'rbac.authorization.k8s.io';
export const roles = resource<Role>(RBAC, 'v1', 'roles', 'Role');
export const clusterRoles = resource<ClusterRole>(RBAC, 'v1', 'clusterroles', 'ClusterRole', 'Cluster');
export const roleBindings = resource<RoleBinding>(RBAC, 'v1', 'rolebindings', 'RoleBinding');
export const clusterRoleBindings = resource<ClusterRoleBinding>(
  RBAC,
  'v1',
  'clusterrolebindings',
  'ClusterRoleBinding',
  'Cluster',
);

const AUTHORIZATION = 'authorization.k8s.io';
export const subjectAccessReviews = resource<SubjectAccessReview>(
  AUTHORIZATION,
  'v1',
  'subjectaccessreviews',
  'SubjectAccessReview',
  'Cluster',
);
export const localSubjectAccessReviews = resource<LocalSubjectAccessReview>(
  AUTHORIZATION,
  'v1',
  'localsubjectaccessreviews',
  'LocalSubjectAccessReview',
);
export const selfSubjectAccessReviews = resource<SelfSubjectAccessReview>(
  AUTHORIZATION,
  'v1',
  'selfsubjectaccessreviews',
  'SelfSubjectAccessReview',
  'Cluster',
);
export const selfSubjectRulesReviews = resource<SelfSubjectRulesReview>(
  AUTHORIZATION,
  'v1',
  'selfsubjectrulesreviews',
  'SelfSubjectRulesReview',
  'Cluster',
);

/** `v1` or `apps/v1`: the apiVersion of the resource's objects. */
export function apiVersionOf(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}
