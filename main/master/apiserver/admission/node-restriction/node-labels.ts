const RESTRICTED = 'node-restriction.kubernetes.io';

/** Labels of Kubernetes that a kubelet may give its own node (k8s.io/kubelet, pkg/apis/well_known_labels.go). */
const KUBELET_LABELS: ReadonlySet<string> = new Set([
  'kubernetes.io/hostname',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'node.kubernetes.io/instance-type',
  'beta.kubernetes.io/instance-type',
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
]);
const KUBELET_NAMESPACES = ['kubelet.kubernetes.io', 'node.kubernetes.io'];

type Labels = Readonly<Record<string, string>>;

/** What a kubelet must not change of its node's labels: by them it could draw pods to itself. Sorted. */
export function forbiddenLabels(after: Labels = {}, before: Labels = {}): string[] {
  const changed = Object.keys({ ...after, ...before }).filter((key) => after[key] !== before[key]);
  return changed.filter(isForbidden).sort();
}

function isForbidden(label: string): boolean {
  const namespace = label.includes('/') ? label.slice(0, label.indexOf('/')) : '';
  if (isWithin(namespace, RESTRICTED)) return true;
  const ofKubernetes = isWithin(namespace, 'kubernetes.io') || isWithin(namespace, 'k8s.io');
  return ofKubernetes && !KUBELET_LABELS.has(label) && !KUBELET_NAMESPACES.some((own) => isWithin(namespace, own));
}

function isWithin(namespace: string, domain: string): boolean {
  return namespace === domain || namespace.endsWith(`.${domain}`);
}
