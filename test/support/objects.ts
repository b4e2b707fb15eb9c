import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import { deepFreeze } from '#common/base/freeze.ts';
import type { KubeObject, ObjectMeta, Stored } from '#common/kube/object.ts';
import type { Node, Pod, ReplicationController } from '#common/kube/resources.ts';

let made = 0;

/** An object as the API server gives it, for code that is asked without one. */
export function stored<T extends KubeObject>(object: T): Stored<T> {
  const number = ++made;
  const metadata = {
    uid: `uid-${number}`,
    resourceVersion: String(number),
    creationTimestamp: '2030-01-01T00:00:00Z',
    ...object.metadata,
  };
  return deepFreeze({ ...object, metadata }) as Stored<T>;
}

interface PodChange {
  readonly metadata?: ObjectMeta;
  readonly spec?: Partial<IPodSpec>;
  readonly status?: Pod['status'];
}

/** A pod of namespace default with one container `web`, unless told otherwise. */
export function podObject(name: string, { metadata, spec, status }: PodChange = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', ...metadata },
    spec: { containers: [{ name: 'web', image: 'web:1' }], ...spec },
    ...(status ? { status } : {}),
  };
}

/** The spec of a pod that asks for so much. */
export function requesting(requests: Readonly<Record<string, string>>): Partial<IPodSpec> {
  return { containers: [{ name: 'web', image: 'web:1', resources: { requests: { ...requests } } }] };
}

interface NodeChange {
  readonly metadata?: ObjectMeta;
  readonly spec?: NonNullable<Node['spec']>;
  readonly allocatable?: Readonly<Record<string, string>>;
  readonly conditions?: NonNullable<Node['status']>['conditions'];
}

/** A node that is ready and has room for 110 pods, 4 cpus and 8 GiB, unless told otherwise. */
export function nodeObject(name: string, { metadata, spec, allocatable, conditions }: NodeChange = {}): Node {
  const room = { cpu: '4', memory: '8Gi', pods: '110', ...allocatable };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, ...metadata },
    ...(spec ? { spec } : {}),
    status: {
      capacity: room,
      allocatable: room,
      conditions: conditions ?? [{ type: 'Ready', status: 'True' }],
    },
  };
}

/** A controller of pods with the label `app: <its name>`. */
export function controllerObject(
  name: string,
  replicas: number,
  spec: Partial<NonNullable<ReplicationController['spec']>> = {},
): ReplicationController {
  return {
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: { name, namespace: 'default' },
    spec: {
      replicas,
      selector: { app: name },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'web', image: 'web:1' }] },
      },
      ...spec,
    },
  };
}
