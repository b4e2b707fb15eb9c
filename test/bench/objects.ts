/** What the load consists of: objects as they are in a cluster that is used. */

/** A ConfigMap of 1 kB. */
export function configMapJson(name: string): string {
  const metadata = { name, namespace: 'default', labels: { app: 'bench' } };
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { payload: '' } };
  const missing = 1024 - JSON.stringify(object).length;
  return JSON.stringify({ ...object, data: { payload: 'x'.repeat(missing) } });
}

/** What a controller makes. No scheduler takes it, so that only what is asked for happens to it. */
export function podJson(name: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      labels: { app: 'web', 'pod-template-hash': '7d9c6b8f5' },
      managedFields: [specManager, statusManager],
    },
    spec: {
      schedulerName: 'bench',
      containers: [
        { name: 'web', image: 'registry.example/web:1.27.3', resources: { requests: { cpu: '100m', memory: '64Mi' } } },
      ],
    },
  });
}

/** What a kubelet writes when the pod runs; each round says something new. */
export function statusPatch(round: number): string {
  const lastTransitionTime = new Date(Date.UTC(2030, 0, 1) + round * 1000).toISOString().replace('.000Z', 'Z');
  return JSON.stringify({
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True', lastProbeTime: null, lastTransitionTime }],
      hostIP: '192.168.64.11',
      podIP: '10.244.3.17',
      podIPs: [{ ip: '10.244.3.17' }],
      startTime: '2030-01-01T00:00:00Z',
    },
  });
}

export const STATUS_PATCH_TYPE = 'application/strategic-merge-patch+json';

const specManager = {
  manager: 'kube-controller-manager',
  operation: 'Update',
  apiVersion: 'v1',
  time: '2030-01-01T00:00:00Z',
  fieldsType: 'FieldsV1',
  fieldsV1: {
    'f:metadata': { 'f:labels': { '.': {}, 'f:app': {}, 'f:pod-template-hash': {} } },
    'f:spec': {
      'f:containers': {
        'k:{"name":"web"}': {
          '.': {},
          'f:image': {},
          'f:imagePullPolicy': {},
          'f:name': {},
          'f:resources': { '.': {}, 'f:requests': { '.': {}, 'f:cpu': {}, 'f:memory': {} } },
          'f:terminationMessagePath': {},
          'f:terminationMessagePolicy': {},
        },
      },
      'f:dnsPolicy': {},
      'f:enableServiceLinks': {},
      'f:restartPolicy': {},
      'f:schedulerName': {},
      'f:securityContext': {},
      'f:terminationGracePeriodSeconds': {},
    },
  },
};

const statusManager = {
  manager: 'kubelet',
  operation: 'Update',
  apiVersion: 'v1',
  time: '2030-01-01T00:00:01Z',
  fieldsType: 'FieldsV1',
  fieldsV1: {
    'f:status': {
      'f:conditions': {
        'k:{"type":"Ready"}': {
          '.': {},
          'f:lastProbeTime': {},
          'f:lastTransitionTime': {},
          'f:status': {},
          'f:type': {},
        },
      },
      'f:hostIP': {},
      'f:phase': {},
      'f:podIP': {},
      'f:podIPs': { '.': {}, 'k:{"ip":"10.244.3.17"}': { '.': {}, 'f:ip': {} } },
      'f:startTime': {},
    },
  },
  subresource: 'status',
};
