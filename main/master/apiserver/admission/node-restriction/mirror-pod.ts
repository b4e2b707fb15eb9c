import type { Stored } from '#common/kube/object.ts';
import type { Node, Pod } from '#common/kube/resources.ts';
import { statusError } from '#common/kube/status-error.ts';
import { visitReferences } from '../../authorization/node/pod-references.ts';
import type { Draft } from '../../kind.ts';

const MIRROR = 'kubernetes.io/config.mirror';
const REFERENCES = {
  serviceaccount: 'a service account',
  secret: 'secrets',
  configmap: 'configmaps',
  persistentvolumeclaim: 'persistentvolumeclaims',
} as const;

/** Why a kubelet may not create the pod: it makes mirrors of its static pods, and they refer to nothing. */
export function mirrorPodRefusal(
  node: string,
  pod: Draft<Pod>,
  find: (name: string) => Stored<Node> | undefined,
): string | undefined {
  if (pod.metadata.annotations?.[MIRROR] === undefined) {
    return `pod does not have "${MIRROR}" annotation, node "${node}" can only create mirror pods`;
  }
  if (pod.spec?.nodeName !== node) return `node "${node}" can only create pods with spec.nodeName set to itself`;
  return ownerRefusal(node, pod, find) ?? referenceRefusal(node, pod);
}

function ownerRefusal(
  node: string,
  { metadata }: Draft<Pod>,
  find: (name: string) => Stored<Node> | undefined,
): string | undefined {
  const can = `node "${node}" can only create pods with`;
  const [owner, ...others] = metadata.ownerReferences ?? [];
  if (others.length > 0) return `${can} a single owner reference set to itself`;
  if (!owner || owner.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== node) {
    return `${can} an owner reference set to itself`;
  }
  if (owner.controller !== true) return `${can} a controller owner reference set to itself`;
  if (owner.blockOwnerDeletion === true) return `node "${node}" must not set blockOwnerDeletion on an owner reference`;
  const found = find(node);
  if (!found) throw statusError.notFound({ group: '', plural: 'nodes' }, node);
  const { uid } = found.metadata;
  return owner.uid === uid ? undefined : `node ${node} UID mismatch: expected ${owner.uid} got ${uid}`;
}

function referenceRefusal(node: string, pod: Draft<Pod>): string | undefined {
  const found = new Set<keyof typeof REFERENCES>();
  // Its annotation would hide what it refers to.
  const { annotations: _, ...metadata } = pod.metadata;
  visitReferences({ ...pod, metadata } as unknown as Stored<Pod>, (kind) => found.add(kind));
  const trusts = pod.spec?.volumes?.some(({ projected }) =>
    projected?.sources?.some(({ clusterTrustBundle }) => clusterTrustBundle !== undefined),
  );
  const kind = (Object.keys(REFERENCES) as (keyof typeof REFERENCES)[]).find((one) => found.has(one));
  const what = kind ? REFERENCES[kind] : trusts === true ? 'clustertrustbundles' : undefined;
  return what === undefined ? undefined : `node "${node}" can not create pods that reference ${what}`;
}
