import type { KubeObject, Stored } from '#common/kube/object.ts';
import { nodes, pods, secrets, type Resource, type ServiceAccount, type TokenRequest } from '#common/kube/resources.ts';
import { statusError } from '#common/kube/status-error.ts';
import type { Reference, ServiceAccountClaims } from '../../../authentication/service-account/claims.ts';
import { collectionOf } from '../../../handlers/request.ts';
import type { WriteContext } from '../../../kind.ts';

export type Bound = Pick<ServiceAccountClaims['kubernetes.io'], 'pod' | 'secret' | 'node'>;

/** The live objects that a token is to end with. Throws when there is no such object, or it is another's. */
export function boundObject(
  account: Stored<ServiceAccount>,
  wanted: NonNullable<TokenRequest['spec']>['boundObjectRef'],
  { api }: WriteContext,
): Bound {
  if (!wanted) return {};
  const { apiVersion = '', kind = '', name = '', uid } = wanted;
  const find = <T extends KubeObject>(resource: Resource<T>, named = name): Stored<T> | undefined => {
    const key = resource.namespaced ? `${account.metadata.namespace ?? ''}/${named}` : named;
    return collectionOf(api, api.kinds.of(resource)).get(key)?.value as Stored<T> | undefined;
  };
  const found = <T extends KubeObject>(resource: Resource<T>): Stored<T> => {
    const object = find(resource);
    if (!object) throw statusError.notFound(resource, name);
    if (uid && uid !== object.metadata.uid) {
      throw statusError.conflict(
        { group: '', plural: kind },
        name,
        `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
      );
    }
    return object;
  };
  switch (`${apiVersion}/${kind}`) {
    case 'v1/Pod': {
      const pod = found(pods);
      if (pod.spec?.serviceAccountName !== account.metadata.name) {
        throw statusError.badRequest(
          `cannot bind token for serviceaccount "${account.metadata.name}" to pod running with different serviceaccount name.`,
        );
      }
      const { nodeName } = pod.spec;
      if (!nodeName) return { pod: referenceTo(pod) };
      // A pod may be bound to a node that is not there.
      const node = find(nodes, nodeName);
      return { pod: referenceTo(pod), node: node ? referenceTo(node) : { name: nodeName } };
    }
    case 'v1/Secret':
      return { secret: referenceTo(found(secrets)) };
    case 'v1/Node':
      return { node: referenceTo(found(nodes)) };
    default:
      throw statusError.badRequest(`cannot bind token to object of type ${apiVersion}, Kind=${kind}`);
  }
}

function referenceTo({ metadata: { name, uid } }: Stored): Reference {
  return { name, uid };
}
